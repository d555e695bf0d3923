// Nothing leaves: every way that a page or a worker has to ask for something is tried, from both.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { after, before, describe, it } from 'node:test'
import { dist, exportFile, launch, openPage, serve } from './harness.mjs'

let host
let elsewhere
let browser

before(async () => {
  host = await serve(join(dist, 'page'))
  elsewhere = await serve(join(dist, 'page'))
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await host?.close()
  await elsewhere?.close()
})

/** Tries an address in every way that there is; gives the ways that worked. Runs in the page and in its worker. */
async function tryEverything({ address, socket, without = [] }) {
  const within = (promise, ms = 1000) => Promise.race([promise, new Promise((_, reject) => setTimeout(reject, ms))])
  const event = (target, good, bad) => new Promise((resolve, reject) => {
    target.addEventListener(good, resolve)
    target.addEventListener(bad, reject)
  })
  const ways = {
    fetch: () => fetch(address),
    'fetch without cors': () => fetch(address, { mode: 'no-cors', method: 'POST', body: 'x' }),
    XMLHttpRequest: () => {
      const request = new XMLHttpRequest()
      request.open('GET', address)
      const done = event(request, 'load', 'error')
      request.send()
      return done
    },
    WebSocket: () => event(new WebSocket(socket), 'open', 'error'),
    EventSource: () => event(new EventSource(address), 'open', 'error'),
    'dynamic import': () => import(address),
  }
  if (typeof document === 'undefined') {
    ways.importScripts = () => importScripts(address)
    ways.worker = () => event(new Worker(address), 'message', 'error')
  } else {
    const element = (tag, properties) => {
      const made = Object.assign(document.createElement(tag), properties)
      const done = event(made, 'load', 'error')
      document.head.append(made)
      return done
    }
    ways.image = () => event(Object.assign(new Image(), { src: address }), 'load', 'error')
    ways.script = () => element('script', { src: address })
    ways.stylesheet = () => element('link', { rel: 'stylesheet', href: address })
    ways.frame = () => new Promise((resolve, reject) => {
      document.addEventListener('securitypolicyviolation', reject, { once: true })
      document.body.append(Object.assign(document.createElement('iframe'), { src: address }))
    })
    ways.form = () => new Promise((resolve, reject) => {
      document.addEventListener('securitypolicyviolation', reject, { once: true })
      const form = Object.assign(document.createElement('form'), { action: address, method: 'post' })
      document.body.append(form)
      form.submit()
    })
    ways['module worker'] = () => event(new Worker(address, { type: 'module' }), 'message', 'error')
    ways['shared worker'] = () => event(new SharedWorker(address), 'message', 'error')
    ways['service worker'] = () => navigator.serviceWorker.register(address)
  }
  const worked = []
  for (const [name, way] of Object.entries(ways)) {
    if (without.includes(name)) continue
    try {
      await within(way())
      worked.push(name)
    } catch {
      // as it must be
    }
  }
  return { worked, tried: Object.keys(ways).length }
}

const addresses = server => ({
  address: `${server.origin}/texts.js?secret`,
  socket: `${server.origin.replace('http', 'ws')}/?secret`,
})

describe('the network', () => {
  for (const from of ['page', 'worker']) {
    for (const [whom, server] of [['another host', () => elsewhere], ['its own host', () => host]]) {
      it(`is closed to the ${from}: ${whom}`, async () => {
        const { page, context } = await openPage(browser, host.origin)
        await page.setInputFiles('#file', exportFile)
        await page.locator('#summary').waitFor()
        // The worker has read a packed file and a request body, too: neither opens anything.
        await page.setInputFiles('#file', { name: 'body.json.gz', mimeType: 'application/gzip', buffer: gzipSync('{"attributes":[]}') })
        await page.locator('#payload-summary').waitFor()
        const asked = server().asked.length
        const place = from === 'page' ? page : page.workers()[0]
        const { worked, tried } = await place.evaluate(tryEverything, addresses(server()))
        assert.deepEqual(worked, [])
        assert.ok(tried >= 8)
        await page.evaluate(() => navigator.sendBeacon(new URL('/?beacon', location), 'x'))
        await context.close()
        assert.deepEqual(server().asked.slice(asked), [], 'and nothing arrived')
      })
    }
  }

  it('is used for the page’s own files and nothing else', async () => {
    const { page, context, requests, complaints } = await openPage(browser, host.origin)
    await page.setInputFiles('#file', exportFile)
    await page.locator('#summary').waitFor()
    await page.getByRole('button', { name: 'Apply: use "first_name"' }).click()
    await page.locator('.problem[data-code=AIQ2011]').waitFor({ state: 'detached' })
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#download-bodies').click()])
    assert.ok(download.url().startsWith('blob:'))
    const files = requests.filter(url => !url.startsWith('blob:') && !url.startsWith('data:'))
    assert.deepEqual(files.map(url => url.slice(host.origin.length)).sort(), ['/', '/engine.js', '/example.js', '/page.js', '/style.css', '/texts.js'])
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('is there for the very same tries where nothing forbids it', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${host.origin}/style.css`) // a document without a policy
    const { worked } = await page.evaluate(tryEverything, { ...addresses(host), without: ['form'] })
    for (const way of ['fetch', 'fetch without cors', 'XMLHttpRequest', 'dynamic import', 'script', 'stylesheet']) {
      assert.ok(worked.includes(way), `${way} should have worked: ${worked}`)
    }
    await context.close()
  })
})

describe('the npm package', () => {
  it('runs in a browser by itself', async () => {
    const server = await serve(join(dist, 'npm'))
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${server.origin}/aiq-braze.js`)
    const body = await page.evaluate(async () => {
      const { mapExport } = await import('/browser.js')
      return mapExport(new TextEncoder().encode('external_id,audience_id,split_id\n00123,12,3\n')).bodies[0]
    })
    assert.equal(body, '{"attributes":[{"external_id":"00123","AIQ_12_3":true}]}')
    await context.close()
    await server.close()
  })
})
