// What the page's tests share: a server for files on this machine, a browser, and the page in it.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const dist = join(root, 'web/dist')
export const exportFile = join(root, 'tests/exports/audience.csv')
export const mappingFile = join(root, 'tests/exports/mapping.json')
export const out = join(root, 'tests/out')

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Serves a folder on loopback. It sets no policy: the page must bring its own. */
export async function serve(folder) {
  const asked = []
  const server = createServer(async (request, response) => {
    asked.push(request.url)
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname))
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path)
    const body = await readFile(file).catch(() => null)
    response.writeHead(body ? 200 : 404, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
    response.end(body)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  }
  return { origin: `http://127.0.0.1:${server.address().port}`, asked, close }
}

/** A browser that talks to nobody by itself. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.AIQ_BRAZE_CHROMIUM || '/usr/bin/chromium',
    args: [
      '--no-sandbox', // as root there is none
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** The page in a context of its own, with everything that it asked for or complained about. */
export async function openPage(browser, origin, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const requests = []
  const complaints = []
  page.on('request', request => requests.push(request.url()))
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  await page.goto(`${origin}/`)
  return { page, context, requests, complaints }
}

/** Drops files as a person does: events that the browser trusts, with files from disk. */
export async function dropFiles(page, files) {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await session.send('Input.dispatchDragEvent', { type, x: 200, y: 300, data })
  }
  await session.detach()
}
