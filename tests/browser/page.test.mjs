// The page as people use it, in a real browser: what it shows, what changes, what can be taken home.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
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
    ['no text in it', 'disk.img', '\0\u0001'.repeat(64), 'Found a binary file, expected text such as CSV'],
    ['a workbook in it', 'book.csv', 'PK\u0003\u0004\0\0\0\0[Content_Types].xml', 'Found a workbook, expected text such as CSV. Save it as CSV in UTF-8'],
    ['an archive in it', 'export.zip', 'PK\u0003\u0004\0\0\0\0export.csv', 'Found a zip archive, expected text such as CSV. Unpack it'],
    ['armour around it', 'export.csv.asc', '-----BEGIN PGP MESSAGE-----\n\nhQEMA', 'encrypted or signed with PGP, expected text such as CSV. Decrypt it first'],
    ['an encrypted message in it', 'export.csv.pgp', Buffer.from([0x85, 0x01, 0x0c, 0x03, 1, 2, 3, 4, 5, 6, 7, 8, 0x01]), 'encrypted or signed with PGP'],
    ['zstd in it', 'export.csv.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 4, 0]), 'Found a packed file'],
    ['half a gzip file in it', 'export.csv.gz', gzipSync('external_id,tier\nu1,gold\n').subarray(0, 30), 'Found a gzip file that cannot be unpacked to its end'],
    ['two gzip files in it', 'export.csv.gz', Buffer.concat([gzipSync('external_id\n'), gzipSync('u1\n')]), 'Found a gzip file that cannot be unpacked to its end'],
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

describe('a file in another dress', () => {
  const text = 'external_id,ciudad\nu1,Logroño\nu2,Málaga\n'
  const latin = Buffer.from(text, 'latin1')
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')
  const bodyOf = async page => (await download(page, 'download-bodies')).bytes.toString()
  const expected = '{"attributes":[{"external_id":"u1","ciudad":"Logroño"},{"external_id":"u2","ciudad":"Málaga"}]}\n'

  for (const [what, name, bytes, facts] of [
    ['UTF-8 with a mark', 'a.csv', Buffer.from(`\ufeff${text}`), []],
    ['Windows-1252', 'a.csv', latin, ['Read as Windows-1252']],
    ['UTF-16LE', 'a.csv', utf16, ['Read as UTF-16LE']],
    ['UTF-16BE', 'a.csv', Buffer.from(utf16).swap16(), ['Read as UTF-16BE']],
    ['UTF-16LE without a mark', 'a.csv', utf16.subarray(2), ['Read as UTF-16LE']],
    ['UTF-16BE without a mark', 'a.csv', Buffer.from(utf16).swap16().subarray(2), ['Read as UTF-16BE']],
    ['gzip around UTF-16 without a mark', 'a.csv.gz', gzipSync(utf16.subarray(2)), ['Unpacked from gzip', 'Read as UTF-16LE']],
    ['gzip', 'a.csv.gz', gzipSync(text), ['Unpacked from gzip']],
    ['gzip without the name of it', 'a', gzipSync(text), ['Unpacked from gzip']],
    ['gzip around Windows-1252', 'a.csv.gz', gzipSync(latin), ['Unpacked from gzip', 'Read as Windows-1252']],
  ]) {
    onPage(`is read and says so: ${what}`, async page => {
      await open(page, await file(name, bytes))
      assert.deepEqual((await page.locator('.facts li').allTextContents()).slice(3), facts)
      assert.equal(await page.locator('.sample tbody td').nth(1).textContent(), 'Logroño')
      assert.equal(await bodyOf(page), expected)
      const saved = await download(page, 'download-mapping')
      assert.equal(saved.name, 'a.mapping.json')
    })
  }

  onPage('is the same at every border of its chunks', async page => {
    // Characters of one, two, three and four bytes, over several chunks, so that borders fall everywhere.
    const rows = Array.from({ length: 40_000 }, (_, n) => `u${n},${'a'.repeat(n % 7)}ñ€😀`)
    const large = `external_id,note\n${rows.join('\n')}\n`
    const bodies = []
    for (const [n, bytes] of [Buffer.from(large), Buffer.from(`\ufeff${large}`, 'utf16le'), gzipSync(large)].entries()) {
      await page.setInputFiles('#file', await file(`large-${n}.csv`, bytes))
      await says(page.locator('.file'), `large-${n}.csv`)
      await says(page.locator('#summary'), '40,000 rows become 40,000 user updates')
      bodies.push(await bodyOf(page))
    }
    assert.ok(bodies[0].includes('ñ€😀'))
    assert.ok(bodies[1] === bodies[0], 'UTF-16')
    assert.ok(bodies[2] === bodies[0], 'gzip')
  })

  onPage('has no character made up for what is none', async page => {
    const half = Buffer.from('\ufeffexternal_id,note\nu1,ñ\nu2,a\ud83db\nu3,c\n', 'utf16le')
    await open(page, await file('half.csv', half))
    await says(page.locator('#summary'), '3 rows become 2 user updates in 1 request; 1 row is rejected.')
    await problem(page, 'AIQ1001').waitFor()
    const undefinedLater = Buffer.concat([latin, Buffer.from('u3,plain\n'.repeat(40_000)), Buffer.from([0x75, 0x34, 0x2c, 0x81, 0x0a])])
    await page.setInputFiles('#file', await file('latin.csv', undefinedLater))
    await says(page.locator('.file'), 'latin.csv')
    await says(page.locator('#summary'), '1 row is rejected')
    await problem(page, 'AIQ1001').waitFor()
  })

  onPage('says what its ASCII parts are in', async page => {
    const ascii = await file('part-1.csv', `external_id,ciudad\n${'u0,Lugo\n'.repeat(40_000)}`)
    await page.setInputFiles('#file', [ascii, await file('part-2.csv', latin)])
    await says(page.locator('#summary'), '40,002 rows')
    await says(page.locator('.facts'), 'Read as Windows-1252')
  })

  onPage('names its parts without their packing', async page => {
    await page.setInputFiles('#file', await file('audience_7_2.csv.gz', gzipSync(text)))
    await says(page.locator('#body'), '"ciudad"')
    const mapping = {
      version: 1,
      rows: 'audience',
      file_name: 'audience_{audience}_{split}.csv',
      identifiers: [{ column: 'external_id', as: 'external_id' }],
      audience: { id: { file_part: 'audience' }, split: { file_part: 'split' } },
    }
    await page.locator('.json summary').click()
    await page.locator('#mapping-text').fill(JSON.stringify(mapping))
    await page.locator('#mapping-use').click()
    await says(page.locator('#body'), '"AIQ_7_2": true')
  })
})

describe('a JSON export', () => {
  const rows = ['{"external_id":"00123","score":1.10,"tags":["a"],"events":["seen"]}', '{"external_id":"u2","score":2,"late":true}']

  for (const [what, name, text] of [
    ['in lines', 'a.jsonl', `${rows.join('\n')}\n[1]\n`],
    ['in an array', 'a.json', `[${rows.join(',\n')},\n[1]\n]`],
  ]) {
    onPage(`${what} shows its columns, its mapping and its rejects`, async page => {
      await open(page, await file(name, text))
      await says(page.locator('.facts'), 'JSON objects, one a row')
      assert.deepEqual(await page.locator('.sample thead th').allTextContents(), ['external_id', 'score', 'tags', 'events', 'late'])
      assert.equal(await page.locator('#use-1').inputValue(), 'json')
      await says(page.locator('#summary'), '3 rows become 2 user updates in 1 request; 1 row is rejected.')
      await says(page.locator('#body'), '"score": 1.10')
      await page.locator('#use-1').selectOption('text')
      await says(page.locator('#body'), '"score": "1.10"')
      const rejects = await download(page, 'download-rejects')
      assert.equal(rejects.name, 'a.rejects.jsonl')
      assert.deepEqual(Object.keys(JSON.parse(rejects.bytes)), ['_aiq_file', '_aiq_row', '_aiq_code', '_aiq_reason', '_aiq_raw'])
    })
  }
})

describe('users with two values', () => {
  onPage('are told of, with how far the page looks back', async page => {
    await open(page, await file('twice.csv', 'external_id,tier\nu1,gold\nu2,gold\nu1,silver\n'))
    await says(problem(page, 'AIQ3080'), 'tier')
    await problem(page, 'AIQ3080').locator('summary').click()
    await says(problem(page, 'AIQ3080'), 'The page looks back on the last 65,536 users only. The program aiq-braze looks at all of them.')
  })

  onPage('cannot all be seen in a large export, which is said', async page => {
    const rows = Array.from({ length: 70_000 }, (_, n) => `u${n},gold\n`).join('')
    await open(page, await file('users.csv', `external_id,tier\n${rows}`))
    await says(page.locator('#check-body .hint'), 'The page looks back on the last 65,536 users only')
    await open(page, await file('few.csv', 'external_id,tier\nu1,gold\n'))
    await says(page.locator('#summary'), '1 row becomes 1 user update')
    assert.equal(await page.locator('#check-body > div > .hint').count(), 0)
  })
})

describe('a request body', () => {
  const bad = '{\n  "attributes": [\n    {"external_id": 123, "tier": "gold"}\n  ]\n}'
  const good = '{"attributes":[{"external_id":"00123","tier":"gold"}]}'
  const checked = (page, expected) => says(page.locator('#payload-summary'), expected)

  onPage('is pasted, and its problems are shown with their places', async page => {
    await page.locator('#payload-text').fill(bad)
    await page.locator('#payload-check').click()
    await checked(page, '1 error: what Braze refuses')
    assert.equal(await page.locator('#steps').isVisible(), false)
    assert.equal(await page.locator('#export').isVisible(), false)
    await problem(page, 'AIQ5015').locator('summary').click()
    await says(problem(page, 'AIQ5015'), 'Request body, line 3, column 21, attributes[0].external_id: found 123, expected')
    await says(problem(page, 'AIQ5015'), 'Why it matters')
    assert.equal(await tile(page, 'attribute object').textContent(), '1')
    await page.locator('[data-language=es]').click()
    await checked(page, '1 error: lo que Braze rechaza')
    await says(problem(page, 'AIQ5015'), 'Cuerpo de la solicitud, línea 3, columna 21, attributes[0].external_id: se encontró 123')
    await page.locator('#payload-text').fill(good)
    await page.locator('#payload-check').click()
    await checked(page, 'Nada que decir')
  })

  onPage('is dropped, opened, and found by its content', async page => {
    await dropFiles(page, [await file('body.txt', good)])
    await checked(page, 'Nothing to say')
    await says(page.locator('#payload .file'), 'body.txt')
    await page.setInputFiles('#file', await file('body.json.gz', gzipSync(bad)))
    await checked(page, '1 error')
    await says(page.locator('#payload .facts'), 'Unpacked from gzip')
  })

  onPage('on each of many lines is checked by itself, with the lines of the file', async page => {
    await page.setInputFiles('#file', await file('bodies.jsonl', `${good}\n\n${good.replace('"00123"', '7')}\n{"attributes": [\n${good}`))
    await checked(page, '2 errors')
    await says(page.locator('#payload .facts'), '4 bodies, one a line')
    await problem(page, 'AIQ5015').locator('summary').click()
    await says(problem(page, 'AIQ5015'), 'line 3, column 31, attributes[0].external_id')
    await problem(page, 'AIQ5002').locator('summary').click()
    await says(problem(page, 'AIQ5002'), 'line 4')
  })

  onPage('of the page’s own making has no error', async page => {
    await open(page)
    const { bytes } = await download(page, 'download-bodies')
    await page.setInputFiles('#file', await file('audience.bodies.jsonl', bytes))
    await says(page.locator('#payload .facts'), '67 bodies, one a line')
    assert.equal(await tile(page, 'errors').textContent(), '0')
    assert.equal(await tile(page, 'attribute objects').textContent(), '4,988')
  })

  onPage('gives way to an export, and an export to it', async page => {
    await page.setInputFiles('#file', await file('body.json', good))
    await checked(page, 'Nothing to say')
    await open(page)
    assert.equal(await page.locator('#payload').isVisible(), false)
    assert.equal(await page.locator('#steps').isVisible(), true)
    await page.setInputFiles('#file', await file('body.json', bad))
    await checked(page, '1 error')
    assert.equal(await page.locator('#mapping').isVisible(), false)
    await page.setInputFiles('#file', await file('empty.csv', ''))
    await says(page.locator('#notice'), 'The file is empty')
    assert.equal(await page.locator('#payload').isVisible(), false)
  })

  onPage('is not what an export is, though it has such columns', async page => {
    for (const [name, text] of [
      ['lines.jsonl', '{"external_id":"u1","events":[{"name":"Seen"}]}\n{"external_id":"u2","events":[]}\n'],
      ['array.json', '[{"user_id":"u1","attributes":{"a":1}}]'],
      ['texts.jsonl', '{"person":"u1","events":"seen"}\n'],
    ]) {
      await page.setInputFiles('#file', await file(name, text))
      await says(page.locator('#export .file'), name)
      assert.equal(await page.locator('#payload').isVisible(), false)
    }
  })

  onPage('is refused where there are several, with what to do', async page => {
    await page.setInputFiles('#file', [await file('one.json', good), await file('two.json', good)])
    await says(page.locator('#notice'), 'Found several files that begin with a request body, expected one')
  })

  onPage('with markup in it is shown as text', async page => {
    await page.locator('#payload-text').fill('{"attributes":[{"external_id":["<img src=x onerror=alert(1)>"]}]}')
    await page.locator('#payload-check').click()
    await page.locator('.problem').first().waitFor()
    assert.equal(await page.locator('main img').count(), 0)
  })

  onPage('is checked with the keyboard alone', async page => {
    await page.locator('#example').focus()
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.id), 'payload-text')
    await page.keyboard.insertText(bad)
    await page.keyboard.press('Control+Enter')
    await checked(page, '1 error')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.id), 'payload-check')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await says(problem(page, 'AIQ5015').locator('.places'), 'line 3, column 21')
  })

  onPage('of nothing is asked for', async page => {
    await page.locator('#payload-check').click()
    assert.equal(await page.evaluate(() => document.activeElement.id), 'payload-text')
    assert.equal(await page.locator('#payload').isVisible(), false)
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
    await page.locator('#use-3').selectOption('text')
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

  onPage('has what is seldom needed, folded until it is used', async page => {
    await page.setInputFiles('#file', await file('events.csv', events.replace('amount', 'cost.amount')))
    await says(page.locator('#summary'), '2 rows become 2 user updates')
    await page.locator('#unknown-users').selectOption('skip')
    await says(page.locator('#body'), '"_update_existing_only": true')
    assert.equal(await page.locator('#where-column').isVisible(), false)
    await page.locator('.more summary').click()
    assert.equal(await page.locator('#app-id').count(), 0, 'only events have an app')
    await page.locator('#where-column').selectOption({ label: 'what' })
    await says(page.locator('.problem'), 'Stops')
    await page.locator('#where-words').fill('Bought\nSold\n')
    await page.locator('#where-words').blur()
    await says(page.locator('#summary'), '2 rows become 1 user update in 1 request; 1 is left out by the mapping')
    await page.locator('#nested-names').selectOption('merge')
    await says(page.locator('#body'), '"_merge_objects": true')
    await says(page.locator('#body'), '"cost": {')
    await page.locator('#rows').selectOption('events')
    await page.locator('#part-name').selectOption({ label: 'what' })
    await page.locator('#event-time').selectOption({ label: 'at' })
    await page.locator('#app-id').selectOption('value')
    await says(page.locator('.problem'), 'Stops')
    await page.locator('#app-id-value').fill('app-1')
    await page.locator('#app-id-value').press('Enter')
    await says(page.locator('#body'), '"app_id": "app-1"')
    await page.locator('#app-id').selectOption('')
    await page.locator('#app-id-value').waitFor({ state: 'detached' })
    await page.locator('#where-column').selectOption('all')
    await says(page.locator('#summary'), '2 rows become 1 event in 1 request; 1 row is rejected')

    await page.locator('.json summary').click()
    const mapping = { version: 1, rows: 'attributes', where: { column: 'what', in: ['Bought', ''] }, identifiers: [{ column: 'external_id', as: 'external_id' }] }
    await page.locator('.more summary').click()
    await page.locator('#mapping-text').fill(JSON.stringify(mapping))
    await page.locator('#mapping-use').click()
    await page.locator('#where-words').waitFor()
    assert.equal(await page.locator('#where-words').inputValue(), 'Bought\n\n')
  })

  onPage('takes parts of the file’s name, by a template that is written', async page => {
    await page.setInputFiles('#file', await file('aiq_7_2.csv', 'external_id,city\nu1,Lyon\n'))
    await says(page.locator('#body'), '"city": "Lyon"')
    await page.locator('.more summary').click()
    await page.locator('#file-name').fill('aiq_{audience')
    await page.locator('#file-name').press('Enter')
    await says(problem(page, 'AIQ2005'), 'Stops')
    await page.locator('#file-name').fill('aiq_{audience}_{split}.csv')
    await page.locator('#file-name').press('Enter')
    await problem(page, 'AIQ2005').waitFor({ state: 'detached' })
    await page.locator('#rows').selectOption('audience')
    await page.locator('#part-id').selectOption('file:audience')
    await page.locator('#part-split').selectOption('file:split')
    await says(page.locator('#body'), '"AIQ_7_2": true')
    const saved = await download(page, 'download-mapping')
    assert.equal(JSON.parse(saved.bytes).file_name, 'aiq_{audience}_{split}.csv')
  })

  onPage('shows further identifiers and parts of the file’s name', async page => {
    await page.setInputFiles('#file', await file('7_seen.csv', events))
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
    assert.ok(rejects.bytes.toString().startsWith('_aiq_file,_aiq_row,_aiq_code,_aiq_reason,customer_id,'))
    assert.equal(rejects.bytes.toString().match(/^audience\.csv,\d+,AIQ\d{4} [a-z0-9-]+,/gm).length, 12)
  })

  onPage('keep every digit, on the page too', async page => {
    await open(page, await file('digits.csv', 'external_id,ltv,note\n00123,1.10,"{""a"": [1,2]}"\n12345678901234567890,1e5,\n'))
    await page.locator('#use-1').selectOption('number')
    await says(page.locator('#body'), '"ltv": 1.10,')
    await page.locator('#use-2').selectOption('text')
    await says(page.locator('#body'), String.raw`"note": "{\"a\"`)
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
      const path = 'a'.repeat(60)
      await page.setInputFiles('#file', await file('body.json', `{"attributes":[{"external_id":1,"${path}":{"${path}":{"${path}":1e999}}}]}`))
      for (const card of await page.locator('#payload .problem summary').all()) await card.click()
      await page.locator('#payload .problem').first().waitFor()
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width)
    }, { viewport: { width, height } })
  }
})
