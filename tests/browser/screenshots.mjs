// Pictures of the page in tests/out: narrow and wide, light and dark, before and after an export.
//
//   node tests/browser/screenshots.mjs
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { dist, exportFile, launch, openPage, out, serve } from './harness.mjs'

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
