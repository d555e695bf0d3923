// The page as people use it, in a real browser: what it shows, what changes, what can be taken home.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { dist, dropFiles, exportFile, launch, mappingFile, openPage, root, serve } from './harness.mjs'

let server
let browser
let folder

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiq-braze-page-'))
  server = await serve(join(dist, 'page'))
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await server?.close()
  await rm(folder, { recursive: true })
})

/** A test on a page of its own; whatever the page asked for or complained about fails it. */
function onPage(name, test, options) {
  it(name, async () => {
    const opened = await openPage(browser, server.origin, options)
    await test(opened.page, opened)
    assert.deepEqual(opened.complaints, [])
    const strangers = opened.requests.filter(url => !url.startsWith(`${server.origin}/`) && !/^(blob|data):/.test(url))
    assert.deepEqual(strangers, [])
    await opened.context.close()
  })
}

const open = async (page, file = exportFile) => {
  await page.setInputFiles('#file', file)
  await page.locator('#summary').waitFor()
}
const tile = (page, words) => page.locator('.tiles div', { hasText: words }).locator('dd')
const problem = (page, code) => page.locator(`.problem[data-code=${code}]`)
const file = async (name, text) => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

/** Waits until a locator's text is as expected, as an assertion. */
async function says(locator, expected) {
  await locator.filter({ hasText: expected }).first().waitFor()
}

async function download(page, id) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`#${id}`).click()])
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
}

describe('an export', () => {
  onPage('shows its rows, its mapping, its twelve bad rows and its two certain fixes', async page => {
    await open(page)
    assert.deepEqual(await page.locator('.sample thead th').allTextContents(), readFileSync(exportFile, 'utf8').split('\n')[0].split(','))
    assert.equal(await page.locator('.sample tbody tr').count(), 8)
    assert.equal(await page.locator('.sample tbody td').first().textContent(), '12345678901234000001')
    assert.deepEqual(await page.locator('.facts li').allTextContents(), [`${Math.round(statSync(exportFile).size / 1000)} kB`, '12 columns', 'Separated by commas, quotes doubled inside quotes'])

    assert.equal(await page.locator('#identifier-column option:checked').textContent(), 'customer_id')
    assert.equal(await page.locator('#use-8').inputValue(), 'number')
    assert.equal(await page.locator('#use-9').inputValue(), 'boolean')
    assert.equal(await page.locator('.columns tbody tr').count(), 12)
    assert.match(await page.locator('.columns tr', { hasText: 'lifetime_value' }).locator('.why').textContent(), /likely.*the first rows look like it/)

    assert.equal(await page.locator('#summary').textContent(), '5,000 rows become 4,988 user updates in 67 requests; 12 rows are rejected.')
    assert.equal(await page.locator('.problem.error').count(), 12)
    assert.equal(await page.locator('.problem .fixes button').count(), 2)
    assert.deepEqual(await page.locator('.problem').evaluateAll(cards => cards.map(card => card.dataset.code)), [
      'AIQ2011', 'AIQ2012', 'AIQ1001', 'AIQ1002', 'AIQ1004', 'AIQ1006', 'AIQ1007',
      'AIQ3001', 'AIQ3002', 'AIQ3003', 'AIQ3004', 'AIQ3005', 'AIQ3006', 'AIQ3007',
    ])
    await problem(page, 'AIQ3003').locator('summary').click()
    await says(problem(page, 'AIQ3003'), /Row 3061 \(line \d+\), column "lifetime_value": found "12,50", expected a number/)
    await says(problem(page, 'AIQ3003'), 'What to do')
    assert.deepEqual(await page.locator('.figures tbody tr').first().locator('th, td').allTextContents(), ['AIQ_1042_1', '1,020', '205'])
  })

  onPage('opens by a drop anywhere', async page => {
    await dropFiles(page, [exportFile])
    await says(page.locator('#summary'), '12 rows are rejected')
    await says(page.locator('.file'), 'audience.csv')
    assert.equal(await page.locator('#over').isVisible(), false)
  })

  onPage('opens as several parts of one', async page => {
    const header = 'external_id,tier\n'
    await dropFiles(page, [await file('part-10.csv', `${header}u3,gold\n`), await file('part-2.csv', `${header}u1,gold\nu2,silver\n`)])
    await says(page.locator('#summary'), '3 rows become 3 user updates in 1 request')
    await says(page.locator('.file'), 'part-2.csv and 1 more file')
  })

  onPage('is replaced by the next one', async page => {
    await open(page)
    await page.locator('#example').click()
    await says(page.locator('#summary'), '8 rows become 6 user updates in 1 request; 2 rows are rejected.')
    await says(page.locator('.file'), 'example.csv')
    await page.setInputFiles('#file', exportFile)
    await says(page.locator('#summary'), '5,000 rows')
  })

  onPage('with markup in it is shown as text', async page => {
    const markup = '<img src=x onerror=alert(1)>'
    await open(page, await file('<b>markup.csv', `external_id,${markup}\nu1,${markup}\n,${markup}\n`))
    assert.equal(await page.locator('.sample td').nth(1).textContent(), markup)
    assert.equal(await page.locator('main img').count(), 0)
    assert.ok((await page.locator('#body').textContent()).includes(`"${markup}": "${markup}"`))
  })

  for (const [what, name, text, expected] of [
    ['nothing in it', 'empty.csv', '', 'The file is empty, expected a header and rows'],
    ['no text in it', 'book.xlsx', 'PK\u0003\u0004\0\0\0\0', 'Found a binary file, expected text such as CSV'],
  ]) {
    onPage(`with ${what} is refused with what to do, and the next one works`, async page => {
      await open(page)
      await page.setInputFiles('#file', await file(name, text))
      await says(page.locator('#notice'), expected)
      assert.equal(await page.locator('#mapping').isVisible(), false)
      await open(page)
      assert.equal(await page.locator('#notice').isVisible(), false)
    })
  }

  onPage('that nobody can be found in asks for its identifier', async page => {
    await page.setInputFiles('#file', await file('people.csv', 'person,score\nu1,7\nu2,x\n'))
    await says(page.locator('#mapping-body .needed'), 'Choose the identifier column')
    assert.equal(await page.locator('#download').isVisible(), false)
    await page.locator('#use-1').selectOption('number')
    await page.locator('#identifier-column').selectOption('0')
    await says(page.locator('#summary'), '2 rows become 1 user update in 1 request; 1 row is rejected.')
    await problem(page, 'AIQ3003').locator('summary').click()
    await problem(page, 'AIQ3003').getByRole('button', { name: 'Keep the rows and leave such cells out' }).click()
    await says(page.locator('#summary'), '2 rows become 1 user update in 1 request; 1 holds nothing but an identifier.')
  })
})

describe('the mapping', () => {
  onPage('takes a fix, and the warning goes', async page => {
    await open(page)
    await says(page.locator('#body'), '"First_Name": ')
    await page.getByRole('button', { name: 'Apply: use "first_name"' }).click()
    await problem(page, 'AIQ2011').waitFor({ state: 'detached' })
    await says(page.locator('#body'), '"first_name": ')
    await page.getByRole('button', { name: 'Apply: use "tier"' }).click()
    await problem(page, 'AIQ2012').waitFor({ state: 'detached' })
    assert.equal(await page.locator('.problem').count(), 12)
    const saved = await download(page, 'download-mapping')
    assert.equal(saved.name, 'audience.mapping.json')
    assert.deepEqual(JSON.parse(saved.bytes).columns.filter(rule => rule.as), [
      { header: 'First_Name', as: 'first_name' },
      { header: 'tier ', as: 'tier' },
    ])
  })

  onPage('runs again with another identifier', async page => {
    await open(page)
    await page.locator('#identifier-column').selectOption({ label: 'last_name' })
    await says(page.locator('#body'), '"external_id": "Παππάς"')
    await page.locator('#identifier-kind').selectOption('braze_id')
    await says(page.locator('#body'), '"braze_id": "Παππάς"')
    await says(page.locator('#body'), '"customer_id": "12345678901234000001"')
  })

  onPage('runs again with other types, and without a column', async page => {
    await open(page)
    await page.locator('#use-9').selectOption('text')
    await tile(page, 'rejected').filter({ hasText: /^11$/ }).waitFor()
    await page.locator('#use-8').focus()
    await page.locator('#use-8').selectOption('skip')
    await tile(page, 'rejected').filter({ hasText: /^10$/ }).waitFor()
    assert.equal(await page.evaluate(() => document.activeElement.id), 'use-8', 'the focus stays where it was')
    assert.ok(!(await page.locator('#body').textContent()).includes('lifetime_value'))
    await page.locator('#use-8').selectOption('text')
    await says(page.locator('#body'), '"lifetime_value": "0"')
  })

  onPage('takes an audience for all rows', async page => {
    await page.setInputFiles('#file', await file('members.csv', 'external_id,city\nu1,Lyon\n'))
    await says(page.locator('#body'), '"city": "Lyon"')
    await page.locator('#rows').selectOption('audience')
    await page.locator('#part-id').selectOption('value')
    await page.locator('#part-id-value').fill('1042')
    await page.locator('#part-split').selectOption('value')
    await page.locator('#part-split-value').fill('7')
    await page.locator('#part-split-value').press('Enter')
    await says(page.locator('#body'), '"AIQ_1042_7": true')
    await page.locator('#rows').selectOption('attributes')
    await page.locator('.audiences').waitFor({ state: 'detached' })
  })

  const events = 'external_id,crm,what,at,amount,born,tags\nu1,c1,Page Viewed,2026-01-02 03:04:05,1.10,03/02/1999,a|b\nu2,c2,Bought,2026-07-02T03:04:05Z,5,31/12/2001,\n'

  onPage('makes events of rows', async page => {
    await page.setInputFiles('#file', await file('events.csv', events))
    await says(page.locator('#body'), '"what": "Page Viewed"')
    await page.locator('#rows').selectOption('events')
    await page.locator('#part-name').selectOption({ label: 'what' })
    await page.locator('#event-time').selectOption({ label: 'at' })
    await page.locator('.problem[data-code=AIQ3032]').waitFor()
    await page.locator('#zone-3').fill('Europe/Madrid')
    await page.locator('#zone-3').press('Enter')
    await says(page.locator('#body'), '"time": "2026-01-02T02:04:05Z"')
    await says(page.locator('#body'), '"amount": 1.10')
    await says(page.locator('#summary'), '2 rows become 2 events in 1 request')
    await says(page.locator('.audiences'), 'Page Viewed1')
    await page.locator('#part-name').selectOption('value')
    await page.locator('#part-name-value').fill('seen twice')
    await page.locator('#part-name-value').press('Enter')
    await says(page.locator('.audiences'), 'seen twice2')
    await page.locator('[data-language=es]').click()
    await says(page.locator('#summary'), '2 filas dan 2 eventos en 1 solicitud')
    assert.equal(await page.locator('#zones option[value="Asia/Tokyo"]').count(), 1)
  })

  onPage('has every type and every identifier', async page => {
    await page.setInputFiles('#file', await file('events.csv', events))
    await page.locator('#use-5').selectOption('date')
    await page.locator('#format-5').fill('dd/MM/yyyy')
    await page.locator('#format-5').press('Enter')
    await says(page.locator('#body'), '"born": "1999-02-03"')
    await page.locator('#use-6').selectOption('list')
    await page.locator('#separator-6').fill('|')
    await page.locator('#separator-6').press('Enter')
    await says(page.locator('#body'), '"tags": [\n        "a",\n        "b"\n      ]')
    await page.locator('#use-3').selectOption('time')
    await page.locator('#zone-3').fill('UTC')
    await page.locator('#zone-3').press('Enter')
    await says(page.locator('#body'), '"at": "2026-01-02T03:04:05Z"')
    await page.locator('#identifier-column').selectOption({ label: 'crm' })
    await page.locator('#identifier-kind').selectOption('user_alias')
    await page.locator('.problem').first().waitFor()
    await page.locator('#alias-label').fill('crm id')
    await page.locator('#alias-label').press('Enter')
    await says(page.locator('#body'), '"alias_label": "crm id"')
  })

  onPage('shows further identifiers and parts of the file’s name', async page => {
    await page.setInputFiles('#file', await file('7_seen.csv', events))
    await says(page.locator('#body'), '"what": "Page Viewed"')
    const mapping = {
      version: 1,
      rows: 'audience',
      file_name: '{audience_id}_{}.csv',
      identifiers: [{ column: 'external_id', as: 'external_id' }, { column: 'crm', as: 'user_alias', label: { value: 'crm' } }],
      audience: { id: { file_part: 'audience_id' }, split: { value: '1' } },
    }
    await page.locator('.json summary').click()
    await page.locator('#mapping-text').fill(JSON.stringify(mapping))
    await page.locator('#mapping-use').click()
    await says(page.locator('#body'), '"AIQ_7_1": true')
    assert.equal(await page.locator('#part-id option:checked').textContent(), 'audience_id in the file name')
    await page.getByRole('button', { name: 'Remove crm' }).click()
    await page.locator('#remove-1').waitFor({ state: 'detached' })
    await says(page.locator('#body'), '"crm": "c1"')
  })

  onPage('is put in as JSON, and what is wrong with it is said', async page => {
    await open(page)
    await page.locator('.json summary').click()
    const text = await page.locator('#mapping-text').inputValue()
    await page.locator('#mapping-text').fill(text.replace('"rows"', '"row"'))
    await page.locator('#mapping-use').click()
    await says(page.locator('.mapping-problems'), 'found "row", expected "rows"')
    await page.locator('#mapping-text').fill(text.replace('"lifetime_value"', '"life_time_value"'))
    await page.locator('#mapping-use').click()
    await says(problem(page, 'AIQ2007'), 'Stops')
    await page.locator('#download').waitFor({ state: 'hidden' })
    await page.locator('#mapping-text').fill(readFileSync(mappingFile, 'utf8'))
    await page.locator('#mapping-use').click()
    await problem(page, 'AIQ2007').waitFor({ state: 'detached' })
    await problem(page, 'AIQ2011').waitFor({ state: 'detached' })
    assert.equal(await page.locator('.mapping-problems').count(), 0)
    await tile(page, 'rejected').filter({ hasText: /^12$/ }).waitFor()
  })

  onPage('is copied', async (page, { context }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await open(page)
    await page.locator('.json summary').click()
    await page.locator('#mapping-copy').click()
    await says(page.locator('#mapping-copy'), 'Copied')
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    assert.equal(copied, await page.locator('#mapping-text').inputValue())
  })
})

describe('the downloads', () => {
  onPage('are the program’s own bodies, and the rejected rows', async page => {
    await open(page)
    await page.locator('.json summary').click()
    await page.locator('#mapping-text').fill(readFileSync(mappingFile, 'utf8'))
    await page.locator('#mapping-use').click()
    await problem(page, 'AIQ2011').waitFor({ state: 'detached' })
    await says(page.locator('#body'), '"first_name": ')

    const program = process.env.AIQ_BRAZE_BIN ?? join(root, 'target/no-window/aiq-braze')
    const run = spawnSync(program, ['map', exportFile, '-m', mappingFile], { maxBuffer: 1 << 30 })
    assert.equal(run.error, undefined, `set AIQ_BRAZE_BIN to the program: ${run.error?.message}`)
    const bodies = await download(page, 'download-bodies')
    assert.equal(bodies.name, 'audience.bodies.jsonl')
    assert.ok(bodies.bytes.equals(run.stdout), 'the bodies differ from the program’s')

    const lines = bodies.bytes.toString().split('\n')
    const shown = async () => JSON.parse(await page.locator('#body').textContent())
    assert.deepEqual(await shown(), JSON.parse(lines[0]))
    await page.locator('#body-next').click()
    await says(page.locator('#body-number'), 'Body 2 of 67')
    assert.deepEqual(await shown(), JSON.parse(lines[1]))

    const rejects = await download(page, 'download-rejects')
    assert.equal(rejects.name, 'audience.rejects.csv')
    assert.ok(rejects.bytes.toString().startsWith('_aiq_row,_aiq_code,_aiq_reason,customer_id,'))
    assert.equal(rejects.bytes.toString().match(/^\d+,AIQ\d{4} [a-z0-9-]+,/gm).length, 12)
  })

  onPage('keep every digit, on the page too', async page => {
    await open(page, await file('digits.csv', 'external_id,ltv,note\n00123,1.10,"{""a"": [1,2]}"\n12345678901234567890,1e5,\n'))
    await page.locator('#use-1').selectOption('number')
    await says(page.locator('#body'), '"ltv": 1.10,')
    const text = await page.locator('#body').textContent()
    assert.ok(text.includes('"external_id": "00123"') && text.includes('"external_id": "12345678901234567890"'))
    assert.ok(text.includes('"ltv": 1e5') && text.includes(String.raw`"note": "{\"a\": [1,2]}"`))
  })
})

describe('a long run', () => {
  const rows = Array.from({ length: 20_000 }, (_, n) => `00${n},${n % 2 ? 'gold' : 'silver'},${'x'.repeat(60)}\n`).join('')

  onPage('shows how far it is, is stopped, and starts again', async page => {
    const path = await file('large.csv', `external_id,tier,note\n${rows.repeat(60)}`)
    // Reading waits half-way, so that the button is pressed while the run is on, however fast it is.
    const [worker] = page.workers()
    await worker.evaluate(() => {
      const { slice } = Blob.prototype
      const gate = new Promise(open => { self.openGate = open })
      let n_slices = 0
      Blob.prototype.slice = function (...range) {
        const part = slice.apply(this, range)
        if (++n_slices >= 50) part.arrayBuffer = () => gate.then(() => Blob.prototype.arrayBuffer.call(part))
        return part
      }
    })
    await page.setInputFiles('#file', path)
    await page.locator('#progress').waitFor()
    await says(page.locator('#progress-words'), /of [\d.]+ MB · [\d,]+ rows a second/)
    await page.locator('#stop').click()
    await says(page.locator('#check-body'), 'Stopped before the end')
    assert.equal(await page.locator('#download').isVisible(), false)
    await worker.evaluate(() => self.openGate())
    await page.locator('#again').click()
    await says(page.locator('#summary'), '1,200,000 rows become 1,200,000 user updates')
    assert.equal(await page.locator('#progress').isVisible(), false)
  })
})

describe('a failure inside the module', () => {
  onPage('ends the worker, says what to do, and the next file gets a new one', async page => {
    await open(page)
    const [worker] = page.workers()
    // A module whose only function traps, as a panic does.
    await worker.evaluate(() => {
      const code = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11]
      const { t } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(code))).exports
      self.wasm_bindgen = wasm_bindgen.Session.prototype.feed = t
    })
    const closed = worker.waitForEvent('close')
    await page.locator('#use-9').selectOption('text')
    await says(page.locator('#notice'), 'The mistake is ours, not your file’s. Open the file again')
    await closed
    await open(page)
    assert.equal(await page.locator('#notice').isVisible(), false)
    assert.equal(page.workers().length, 1)
  })
})

describe('the frame', () => {
  onPage('speaks Spanish where the browser does, and changes at once', async page => {
    await open(page)
    await says(page.locator('#summary'), '5000 filas dan 4988 actualizaciones de usuario en 67 solicitudes; 12 filas se rechazan.')
    await says(problem(page, 'AIQ3003'), 'No es un número')
    assert.equal(await page.locator('html').getAttribute('lang'), 'es')
    await page.getByRole('button', { name: 'English' }).click()
    await says(problem(page, 'AIQ3003'), 'No number')
    await says(page.locator('#summary'), '12 rows are rejected')
    assert.equal(await page.locator('h2').first().textContent(), '1 Export')
  }, { locale: 'es-MX' })

  onPage('has the same texts in both languages', async page => {
    // Its own files are not to be had any more from inside the page: so they are read from disk.
    const { texts } = await import('../../web/page/texts.js')
    const shape = of => Object.entries(of).map(([key, value]) => `${key}: ${typeof value === 'object' && key !== 'reasons' ? shape(value).join(' ') : typeof value}`)
    assert.deepEqual(shape(texts.es), shape(texts.en))
    const named = await page.locator('[data-text], [data-label]').evaluateAll(elements => elements.flatMap(element => [element.dataset.text, element.dataset.label].filter(Boolean)))
    assert.deepEqual(named.filter(key => typeof texts.en[key] !== 'string'), [])
    const shown = await page.locator('[data-text]').evaluateAll(elements => elements.map(element => [element.dataset.text, element.textContent]))
    for (const [key, text] of shown) assert.equal(text, texts.en[key])
  })

  onPage('is used with the keyboard alone', async page => {
    const asked = page.waitForEvent('filechooser') // asked for before the focus, so that it is in place at the key
    await page.locator('#open').focus()
    await page.keyboard.press('Enter')
    const chooser = await asked
    await chooser.setFiles(exportFile)
    await page.locator('#summary').waitFor()
    await page.locator('#fix-AIQ2011-4').focus()
    await page.keyboard.press('Enter')
    await problem(page, 'AIQ2011').waitFor({ state: 'detached' })
    await problem(page, 'AIQ3004').locator('summary').focus()
    await page.keyboard.press('Enter')
    await says(problem(page, 'AIQ3004'), 'found "maybe"')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Keep the rows and leave such cells out')
  })

  for (const [width, height] of [[1280, 900], [400, 800]]) {
    onPage(`is never wider than ${width} pixels`, async page => {
      await open(page)
      for (const card of await page.locator('.problem summary').all()) await card.click()
      await page.locator('.json summary').click()
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width)
    }, { viewport: { width, height } })
  }
})
