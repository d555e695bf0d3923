// Pictures of the page in tests/out: narrow and wide, light and dark, before and after an export.
//
//   node tests/browser/screenshots.mjs
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { dist, exportFile, launch, openPage, out, serve } from './harness.mjs'

const events =
  'external_id,crm,what,at,amount,born,tags\nu1,c1,Page Viewed,2026-01-02 03:04:05,1.10,1999-02-03T00:00:00Z,a;b\nu2,c2,Bought,2026-07-02T03:04:05Z,5,,\n'

const users = '{"external_id":"u1","tier":"gold"}\n{"external_id":"u2","tags":["a","b"],"score":1.10}\n{"external_id":"u1","tier":"silver"}\n'
const body =
  '{\n  "attributes": [\n    {"external_id": 123, "tier": "gold", "email": "ana@"},\n    {"external_id": "u2", "Preferred Colour": "blue", "dob": "1999-13-02"}\n  ],\n  "events": [{"external_id": "u1", "name": "Seen", "time": "yesterday"}]\n}\n'

await mkdir(out, { recursive: true })
const server = await serve(join(dist, 'page'))
const browser = await launch()
for (const [width, height] of [[1280, 900], [420, 800]]) {
  for (const colorScheme of ['light', 'dark']) {
    const { page, context } = await openPage(browser, server.origin, { viewport: { width, height }, colorScheme })
    const picture = (name, fullPage = false) => page.screenshot({ path: join(out, `page-${name}-${width}-${colorScheme}.png`), fullPage })
    await picture('start')
    await page.setInputFiles('#file', exportFile)
    await page.locator('#summary').waitFor()
    await picture('export')
    await page.locator('.problem.error > details > summary').nth(7).click()
    await page.locator('.problem.error').nth(1).scrollIntoViewIfNeeded()
    await picture('check')
    await page.locator('#download').scrollIntoViewIfNeeded()
    await picture('download')
    await page.locator('#mapping').scrollIntoViewIfNeeded()
    await picture('mapping')
    await page.locator('#open').scrollIntoViewIfNeeded()
    await picture('whole', true)
    await page.setInputFiles('#file', { name: 'events.csv', mimeType: 'text/csv', buffer: Buffer.from(events) })
    await page.locator('#rows').selectOption('events')
    await page.locator('#part-name').selectOption({ label: 'what' })
    await page.locator('#event-time').selectOption({ label: 'at' })
    await page.locator('#zone-3').fill('Europe/Madrid')
    await page.locator('#zone-3').press('Enter')
    await page.locator('#use-5').selectOption('time')
    await page.locator('#use-6').selectOption('list')
    await page.locator('#identifier-column').selectOption({ label: 'crm' })
    await page.locator('#identifier-kind').selectOption('user_alias')
    await page.locator('#alias-label').fill('crm id')
    await page.locator('#alias-label').press('Enter')
    await page.locator('.audiences').waitFor()
    await picture('events', true)
    await page.setInputFiles('#file', { name: 'users.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(users) })
    await page.locator('.problem[data-code=AIQ3080]').waitFor()
    await picture('json', true)
    await page.setInputFiles('#file', { name: 'body.json', mimeType: 'application/json', buffer: Buffer.from(body) })
    await page.locator('#payload-summary').waitFor()
    await page.locator('#payload .problem summary').first().click()
    await picture('payload', true)
    await page.locator('#payload-text').fill('{"attributes": [{"external_id": "00123", "tier": "gold"}]}')
    await page.locator('#payload-check').click()
    await page.locator('#payload .good').waitFor()
    await picture('payload-good', true)
    await context.close()
  }
}
const { page, context } = await openPage(browser, server.origin, { locale: 'es-ES' })
await page.setInputFiles('#file', exportFile)
await page.locator('#summary').waitFor()
await page.screenshot({ path: join(out, 'page-spanish.png'), fullPage: true })
await context.close()
await browser.close()
await server.close()
