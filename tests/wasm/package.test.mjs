// The npm package as somebody else uses it: found by its name, in Node, with nothing else installed.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { after, describe, it } from 'node:test'

const root = fileURLToPath(new URL('../..', import.meta.url))
const distribution = join(root, 'web/dist/npm')
const exportFile = join(root, 'tests/exports/audience.csv')
const exportBytes = readFileSync(exportFile)
const mappingFile = join(root, 'tests/exports/mapping.json')
const mapping = readFileSync(mappingFile, 'utf8')

// A project that depends on the package, as an install from a folder leaves it.
const project = mkdtempSync(join(tmpdir(), 'aiq-braze-package-'))
mkdirSync(join(project, 'node_modules'))
symlinkSync(distribution, join(project, 'node_modules/aiq-braze'), 'dir')
writeFileSync(join(project, 'package.json'), '{"type":"module","dependencies":{"aiq-braze":"*"}}')
writeFileSync(join(project, 'index.js'), "export * from 'aiq-braze'\n")
after(() => rmSync(project, { recursive: true }))

const braze = await import(pathToFileURL(join(project, 'index.js')))
const { Draft, INSPECT_BYTES, Session, checkPayload, inspect, mapExport, zones } = braze

const bytes = text => new TextEncoder().encode(text)
const text = bytes => new TextDecoder().decode(bytes)

/** Feeds a file in chunks of a size, and drains after each. */
function stream(file, chunkBytes, { with: mapping = null, bytes: asBytes = false } = {}) {
  const session = new Session(inspect(file, mapping), mapping, { rejects: true })
  const bodies = []
  const rejects = []
  const drain = () => {
    const next = () => (asBytes ? session.nextBatchBytes() : session.nextBatch())
    for (let body; (body = next()) !== undefined; ) bodies.push(asBytes ? text(body) : body)
    for (let piece; (piece = session.nextRejects()) !== undefined; ) rejects.push(...piece)
  }
  for (let start = 0; start < file.length; start += chunkBytes) {
    session.feed(file.subarray(start, start + chunkBytes))
    drain()
  }
  const summary = session.finish()
  drain()
  const result = { bodies, problems: session.problems(), rejects: Uint8Array.from(rejects), summary }
  session.free()
  return result
}

function errorOf(action) {
  try {
    action()
  } catch (error) {
    assert.ok(error instanceof Error, `thrown was ${error}`)
    assert.ok(!(error instanceof WebAssembly.RuntimeError), error.message)
    return error.message
  }
  return assert.fail('nothing was thrown')
}

describe('the package', () => {
  it('maps an export in three lines of somebody else’s code', () => {
    const script = [
      "import { mapExport } from 'aiq-braze'",
      "const { bodies, problems, summary } = mapExport(Buffer.from('external_id,audience_id,split_id,ltv\\n00123,12,3,1.10\\n'))",
      'console.log(bodies.length, problems.length, summary.rows, bodies[0])',
    ]
    writeFileSync(join(project, 'three.js'), script.join('\n'))
    const run = spawnSync(process.execPath, ['three.js'], { cwd: project, encoding: 'utf8' })
    assert.equal(run.stderr, '')
    assert.equal(run.stdout, '1 0 1 {"attributes":[{"external_id":"00123","AIQ_12_3":true,"ltv":1.10}]}\n')
  })

  it('names each of its exports in its types', () => {
    const manifest = JSON.parse(readFileSync(join(distribution, 'package.json'), 'utf8'))
    const types = readFileSync(join(distribution, manifest.exports['.'].types), 'utf8')
    const typed = [...types.matchAll(/^export (?:function|class|const) (\w+)/gm)].map(match => match[1])
    assert.deepEqual(typed.sort(), Object.keys(braze).sort())
    for (const name of ['Session', 'Draft']) {
      const declared = types.split(`export class ${name} `)[1].split('\n}')[0]
      const members = new Set([...declared.matchAll(/^  (?:get |set )?(\w+)[(:]/gm)].map(match => match[1]))
      assert.deepEqual([...members].sort(), Object.getOwnPropertyNames(braze[name].prototype).sort())
    }
  })

  it('has the version of the workspace, and names nothing that is not in it', () => {
    const manifest = JSON.parse(readFileSync(join(distribution, 'package.json'), 'utf8'))
    const version = /^version = "(.*)"$/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))[1]
    assert.equal(manifest.version, version)
    assert.equal(manifest.dependencies, undefined)
    for (const file of Object.values(manifest.exports['.'])) readFileSync(join(distribution, file))
  })
})

describe('mapping', () => {
  it('gives the same bytes as the program', () => {
    const program = process.env.AIQ_BRAZE_BIN ?? join(root, 'target/no-window/aiq-braze')
    const run = spawnSync(program, ['map', exportFile, '-m', mappingFile], { maxBuffer: 1 << 30 })
    assert.equal(run.error, undefined, `set AIQ_BRAZE_BIN to the program: ${run.error?.message}`)
    assert.ok([0, 1].includes(run.status), `status ${run.status}: ${run.stderr}`) // 1: some rows are rejected
    const lines = mapExport(exportBytes, mapping).bodies.map(body => `${body}\n`).join('')
    assert.ok(run.stdout.equals(Buffer.from(lines)), 'the bodies differ')
  })

  it('gives the same bytes at any chunk size', () => {
    const whole = mapExport(exportBytes, mapping)
    assert.equal(whole.bodies.length, 67)
    for (const chunkBytes of [1, 7, 64 << 10, exportBytes.length]) {
      assert.deepEqual(stream(exportBytes, chunkBytes, { with: mapping }), whole, `in chunks of ${chunkBytes}`)
    }
    assert.deepEqual(stream(exportBytes, 4096, { with: mapping, bytes: true }), whole)
  })

  it('reads a chunk of any size in slices, as bodies are asked for', () => {
    const large = Buffer.concat([exportBytes, ...Array(7).fill(exportBytes.subarray(exportBytes.indexOf('\n') + 1))])
    const session = new Session(inspect(large, mapping), mapping)
    const { bytes: n_read } = session.feed(large)
    assert.ok(n_read < large.length / 8, `${n_read} bytes were read at once`)
    let n_bodies = 0
    while (session.nextBatch() !== undefined) n_bodies += 1
    assert.equal(session.progress().bytes, large.length)
    assert.deepEqual([n_bodies, session.finish().objects], [532, 8 * 4988])
  })

  it('rejects twelve rows of the example, and names the two fixes', () => {
    const { summary, rejects, problems } = mapExport(exportBytes)
    assert.deepEqual([summary.rows, summary.objects, summary.rejected], [5000, 4988, 12])
    const members = summary.audiences.reduce((sum, audience) => sum + audience.members + audience.leavers, 0)
    assert.equal(members, 4988)
    assert.ok(text(rejects).startsWith('_aiq_file,_aiq_row,_aiq_code,_aiq_reason,customer_id,'))
    assert.ok(rejects.includes(0xe9) && rejects.includes(0), 'broken bytes stay as they were')
    const fixes = problems.filter(problem => problem.fix)
    assert.deepEqual(fixes.map(problem => [problem.name, problem.column, problem.fix.grade]), [
      ['near-standard-field', 'First_Name', 'certain'],
      ['spaces-around-name', 'tier ', 'certain'],
    ])
  })

  it('leaves identifiers and numbers as they came', () => {
    const rows = ['00123', '12345678901234567890', '1.10', '1e5', '-0']
    const file = `external_id,ltv\n${rows.map(row => `${row},1.10`).join('\n')}\nx,0.1000000000000000055511151231257827\n`
    const { bodies } = mapExport(bytes(file))
    const users = rows.map(row => `{"external_id":"${row}","ltv":1.10}`)
    const more = '{"external_id":"x","ltv":0.1000000000000000055511151231257827}'
    // The sample holds more digits than a float keeps, so the suggestion is text, which keeps them as well.
    const asText = [...users, more].join(',').replace(/"ltv":([\d.]+)/g, '"ltv":"$1"')
    assert.equal(bodies[0], `{"attributes":[${asText}]}`)
    const number = { version: 1, rows: 'attributes', identifiers: [{ column: 'external_id', as: 'external_id' }], columns: [{ header: 'ltv', type: 'number' }] }
    assert.equal(mapExport(bytes(file), number).bodies[0], `{"attributes":[${[...users, more].join(',')}]}`)
    assert.equal(mapExport(bytes(file), JSON.stringify(number)).bodies[0], mapExport(bytes(file), number).bodies[0])
  })

  it('decides on a format by so many bytes', () => {
    assert.equal(INSPECT_BYTES, 256 << 10)
    assert.deepEqual(inspect(exportBytes.subarray(0, INSPECT_BYTES)), inspect(exportBytes))
  })

  it('takes several files as one run', () => {
    const header = 'external_id,tier\n'
    const parts = ['u1,gold\n', 'u2,silver', 'u3,gold\r\n'].map(rows => bytes(header + rows))
    const session = new Session(inspect(parts[0]))
    parts.forEach((part, n) => {
      session.beginFile(`part-${n}.csv`)
      session.feed(part)
      session.endFile()
    })
    const { rows, requests } = session.finish()
    assert.deepEqual([rows, requests], [3, 1])
    assert.equal(session.nextBatch(), '{"attributes":[{"external_id":"u1","tier":"gold"},{"external_id":"u2","tier":"silver"},{"external_id":"u3","tier":"gold"}]}')
    assert.equal(session.nextBatch(), undefined)
  })

  it('counts problems exactly and keeps the first ten places of each', () => {
    const rows = Array.from({ length: 100 }, (_, n) => `u${n},${n < 60 ? '1' : 'x'}`).join('\n')
    const number = { version: 1, rows: 'attributes', identifiers: [{ column: 'external_id', as: 'external_id' }], columns: [{ header: 'n', type: 'number' }] }
    const file = bytes(`external_id,n\n${rows}\n`)
    const { summary, problems, rejects } = mapExport(file, number)
    assert.deepEqual(summary.problems, [{ code: 'AIQ3003', name: 'bad-number', severity: 'error', column: 'n', count: 40 }])
    assert.deepEqual([problems.length, problems[0].row, problems[0].line, problems[0].found], [10, 61, 62, '"x"'])
    assert.equal(text(rejects).split('\n').length - 2, 40)
    const corrected = bytes(text(rejects).replace(/,x$/gm, ',2'))
    assert.deepEqual([mapExport(corrected, number).summary.objects, mapExport(corrected, number).summary.rejected], [40, 0])

    const session = new Session(inspect(file), number)
    session.feed(file)
    session.finish()
    const [group] = session.groups('es')
    assert.deepEqual([group.count, group.first.length, group.title], [40, 10, 'no es un número'])
    assert.equal(session.groups()[0].title, 'no number')
  })
})

describe('a JSON export', () => {
  const rows = [
    { external_id: '00123', audience_id: 12, split_id: 3, tags: ['a', 'b'] },
    { external_id: 'u2', audience_id: 12, split_id: 3, tags: null, late: 1.5 },
  ]
  const lines = `${rows.map(row => JSON.stringify(row)).join('\n')}\n{"external_id":"u3","audience_id":12,\n`.replace('1.5', '1.50')
  const inArray = `[\n${rows.map(row => JSON.stringify(row)).join(',\n')}\n]`.replace('1.5', '1.50')

  it('is known by its content, in lines and in an array', () => {
    for (const text of [lines, inArray]) {
      const { format, columns } = inspect(bytes(text))
      assert.deepEqual(format, { kind: 'json' })
      assert.deepEqual(columns, ['external_id', 'audience_id', 'split_id', 'tags', 'late'])
    }
  })

  it('becomes the same bodies in lines and in an array', () => {
    const { bodies } = mapExport(bytes(inArray))
    assert.deepEqual(bodies, mapExport(bytes(lines)).bodies)
    assert.deepEqual(bodies, ['{"attributes":[{"external_id":"00123","AIQ_12_3":true,"tags":["a","b"]},{"external_id":"u2","AIQ_12_3":true,"late":1.50}]}'])
    assert.deepEqual(stream(bytes(lines), 7), mapExport(bytes(lines)))
  })

  it('has its rejects as JSON lines, which are read again', () => {
    const { rejects, summary } = mapExport(bytes(lines))
    assert.deepEqual([summary.rows, summary.objects, summary.rejected], [3, 2, 1])
    const [reject, ...rest] = text(rejects).trim().split('\n').map(line => JSON.parse(line))
    assert.deepEqual(rest, [])
    assert.deepEqual([reject._aiq_row, reject._aiq_raw], [3, '{"external_id":"u3","audience_id":12,'])
    assert.match(reject._aiq_code, /^AIQ\d{4} [a-z-]+$/)
    const mended = bytes(text(rejects).replace(/,"_aiq_raw".*$/m, ',"external_id":"u3","audience_id":12,"split_id":1}'))
    assert.deepEqual(mapExport(mended).bodies, ['{"attributes":[{"external_id":"u3","AIQ_12_1":true}]}'])
  })

  it('names the columns that only later rows have', () => {
    const early = '{"external_id":"u1","tier":"gold"}\n'
    const late = '{"external_id":"u2","score":"1.10"}\n'
    const export_ = bytes(early.repeat(10_000) + late)
    const { summary, bodies } = mapExport(export_)
    assert.deepEqual(summary.later_columns, ['score'])
    assert.ok(bodies.at(-1).endsWith('{"external_id":"u2","score":"1.10"}]}'))
    assert.deepEqual(mapExport(bytes(inArray)).summary.later_columns, [])
  })
})

describe('a session that looks for conflicts', () => {
  const file = bytes('external_id,tier\nu1,gold\nu2,gold\nu1,silver\n')

  it('tells of a user with two values of an attribute', () => {
    const codes = options => {
      const session = new Session(inspect(file), null, options)
      session.feed(file)
      return session.finish().problems.map(({ code, column, count }) => [code, column, count])
    }
    assert.deepEqual(codes({ conflicts: true }), [['AIQ3080', 'tier', 1]])
    assert.deepEqual(codes({}), [])
  })
})

describe('a payload', () => {
  const body = '{\n  "attributes": [\n    {"external_id": 123, "tier": "gold"}\n  ],\n  "events": [{"external_id": "ü", "name": "Seen", "time": "yesterday"}]\n}'

  it('is held against Braze’s rules, with path, line and column', () => {
    const report = checkPayload(body)
    assert.equal(report.fine, false)
    assert.deepEqual([report.attributes, report.events, report.purchases, report.bytes], [1, 1, 0, bytes(body).length])
    assert.deepEqual(report.problems.map(({ name, severity, path, line, column, found }) => [name, severity, path, line, column, found]), [
      ['identifier-not-text', 'error', 'attributes[0].external_id', 3, 21, '123'],
      ['body-bad-time', 'error', 'events[0].time', 5, 59, '"yesterday"'],
    ])
    assert.deepEqual(report.tally.map(({ name, count }) => [name, count]), report.problems.map(({ name }) => [name, 1]))
    for (const problem of report.problems) {
      for (const key of ['code', 'expected', 'title', 'why', 'todo']) assert.ok(problem[key].length > 3, key)
      assert.ok(problem.message.startsWith(`request body, line ${problem.line}, column ${problem.column}, ${problem.path}: `))
    }
  })

  it('is taken as text and as bytes, and told of in both languages', () => {
    assert.deepEqual(checkPayload(bytes(body)), checkPayload(body))
    assert.deepEqual(checkPayload(bytes(body).buffer), checkPayload(body, 'en'))
    const [problem] = checkPayload(body, 'es').problems
    assert.match(problem.message, /^cuerpo de la solicitud, línea 3, columna 21, attributes\[0\]\.external_id: .*se encontró 123, se esperaba /)
    assert.match(errorOf(() => checkPayload(body, 'fr')), /^found the language "fr"/)
    assert.match(errorOf(() => checkPayload(7)), /^expected a Uint8Array or an ArrayBuffer, found number$/)
  })

  it('has nothing to say about bodies of the package’s own', () => {
    for (const own of mapExport(exportBytes, mapping).bodies) {
      const report = checkPayload(own)
      assert.deepEqual([report.fine, report.problems.filter(({ severity }) => severity === 'error')], [true, []])
    }
    assert.deepEqual(checkPayload('{"attributes":[{"external_id":"00123","tier":"gold"}]}').problems, [])
  })

  it('counts all, and shows the first thousand', () => {
    const many = `{"attributes":[${Array(1500).fill('{"external_id":1}').join(',')}]}`
    const report = checkPayload(many)
    assert.equal(report.attributes, 1500)
    assert.equal(report.problems.length, 1000)
    assert.equal(report.tally.find(({ name }) => name === 'identifier-not-text').count, 1500)
  })

  it('may be anything at all', () => {
    for (const [payload, name] of [['', 'body-not-json'], ['{"attributes": [', 'body-not-json'], ['[]', 'body-not-object'], [Uint8Array.of(0xff), 'body-not-utf8']]) {
      assert.equal(checkPayload(payload).problems[0].name, name)
    }
  })
})

describe('errors', () => {
  const cases = [
    ['an empty file', () => mapExport(new Uint8Array()), /^the file is empty, expected a header and rows/],
    ['a binary file', () => mapExport(new Uint8Array(100)), /^found a binary file, expected text such as CSV/],
    ['no bytes', () => mapExport('external_id\n1\n'), /^expected a Uint8Array or an ArrayBuffer, found string$/],
    ['no mapping', () => mapExport(exportBytes, 7), /^expected a mapping as an object or as JSON text, found number$/],
    ['no JSON', () => mapExport(exportBytes, '{'), /^mapping, line 1/],
    ['all that is wrong with a mapping', () => mapExport(exportBytes, { version: 1, rows: 'attributes', identifers: [] }), /identifiers[^\n]*\n[^\n]*identifers/],
    ['a column that is not there', () => mapExport(exportBytes, { version: 1, rows: 'attributes', identifiers: [{ column: 'Customer ID', as: 'external_id' }] }), /found "Customer ID", expected "customer_id"/],
    ['no identifier', () => mapExport(bytes('a,b\n1,2\n')), /^found no identifier column/],
    ['a foreign inspection', () => new Session({ ...inspect(exportBytes) }), /^expected what inspect\(\) gave/],
    ['another language', () => new Draft(inspect(exportBytes)).view('fr'), /^found the language "fr", expected "en" or "es"$/],
    ['an edit that is none', () => new Draft(inspect(exportBytes)).edit({ edit: 'shuffle' }), /shuffle/],
    ['an edit of a column that is not there', () => new Draft(inspect(exportBytes)).edit({ edit: 'column', column_idx: 12, as: 'text' }), /^found column 12, expected one below 12$/],
    ['a fix that is not offered', () => new Draft(inspect(exportBytes)).edit({ edit: 'fix', code: 'AIQ2011', column_idx: 0 }), /^found no fix for AIQ2011 in column 0/],
  ]
  for (const [what, action, expected] of cases) {
    it(`is told: ${what}`, () => assert.match(errorOf(action), expected))
  }

  it('is told: a session that is over', () => {
    const session = new Session(inspect(exportBytes))
    session.feed(exportBytes)
    const summary = session.finish()
    assert.deepEqual(session.finish(), summary)
    assert.match(errorOf(() => session.feed(exportBytes)), /^the session is finished/)
    assert.match(errorOf(() => session.beginFile('more.csv')), /^the session is finished/)
  })

  it('is told: a second file with another header, and the session is over', () => {
    const session = new Session(inspect(bytes('external_id,tier\nu1,gold\n')))
    session.feed(bytes('external_id,tier\nu1,gold\n'))
    session.beginFile('other.csv')
    const why = errorOf(() => {
      session.feed(bytes('name,tier\nAna,gold\n'))
      session.endFile()
    })
    assert.match(why, /^AIQ2014 header-differs.*\n.*"external_id"/)
    assert.equal(errorOf(() => session.feed(bytes('x'))), why)
  })

  it('is told: bodies that nobody takes', () => {
    const session = new Session(inspect(exportBytes))
    const rows = exportBytes.subarray(exportBytes.indexOf('\n') + 1)
    let n_taken = 0
    const why = errorOf(() => {
      for (; n_taken < 100; n_taken += 1) session.feed(n_taken === 0 ? exportBytes : rows)
    })
    assert.match(why, /^found \d+ bytes waiting, expected at most 16777216/)
    assert.match(errorOf(() => session.finish()), /^found \d+ bytes waiting/)
    while (session.nextBatch() !== undefined);
    session.feed(rows)
    while (session.nextBatch() !== undefined);
    assert.equal(session.finish().rows, 5000 * (n_taken + 1), 'and nothing was lost or read twice')
  })

  it('does not harm what comes next', () => {
    const before = mapExport(exportBytes)
    for (const [, action] of cases) errorOf(action)
    assert.deepEqual(mapExport(exportBytes), before)
  })
})

describe('a draft', () => {
  const events = bytes('external_id,crm,what,at,amount,tags\nu1,c1,Page Viewed,2026-01-02 03:04:05,1.10,a|b\nu2,c2,Bought,2026-07-02T03:04:05Z,5,\n')

  it('makes events of rows', () => {
    const draft = new Draft(inspect(events))
    draft.edit({ edit: 'events', name: { column_idx: 2 }, time: { column_idx: 3 } })
    draft.edit({ edit: 'zone', column_idx: 3, text: 'Europe/Madrid' })
    draft.edit({ edit: 'column', column_idx: 5, as: 'list' })
    draft.edit({ edit: 'separator', column_idx: 5, text: '|' })
    draft.edit({ edit: 'identifier', column_idx: 1, as: 'user_alias' })
    assert.equal(draft.view().ready, false, 'an alias has a label')
    draft.edit({ edit: 'alias_label', label: { value: 'crm' } })
    const view = draft.view()
    assert.equal(view.ready, true)
    assert.deepEqual([view.rows, view.event.name.column_idx, view.event.time.column_idx], ['events', 2, 3])
    assert.deepEqual(view.columns.slice(1).map(({ role, as }) => as ?? role), ['user_alias', 'event_name', 'event_time', 'number', 'list'])
    assert.deepEqual([view.columns[3].zone, view.columns[5].separator], ['Europe/Madrid', '|'])
    assert.equal(view.identifiers[0].label.value, 'crm')
    const { bodies, summary } = mapExport(events, draft.mapping)
    assert.equal(
      bodies[0],
      '{"events":[{"user_alias":{"alias_name":"c1","alias_label":"crm"},"name":"Page Viewed","time":"2026-01-02T02:04:05Z","properties":{"amount":1.10,"tags":["a","b"]}},' +
        '{"user_alias":{"alias_name":"c2","alias_label":"crm"},"name":"Bought","time":"2026-07-02T03:04:05Z","properties":{"amount":5}}]}',
    )
    assert.deepEqual(summary.events, [{ name: 'Page Viewed', count: 1 }, { name: 'Bought', count: 1 }])
    assert.equal(summary.left_out, 0)
    draft.free()
  })

  it('has what is seldom needed, too', () => {
    const draft = new Draft(inspect(events))
    draft.edit({ edit: 'events', name: { value: 'seen' }, time: { column_idx: 3 } })
    draft.edit({ edit: 'zone', column_idx: 3, text: 'UTC' })
    draft.edit({ edit: 'app_id', from: { value: 'app-1' } })
    draft.edit({ edit: 'where', column_idx: 2, text: 'Bought\nSold' })
    draft.edit({ edit: 'nested_names', as: 'replace' })
    draft.edit({ edit: 'unknown_users', as: 'skip' })
    const { unknown_users, where, nested_names, event, mapping } = draft.view()
    assert.deepEqual([unknown_users, where, nested_names, event.app_id.value], ['skip', { column_idx: 2, text: 'Bought\nSold' }, 'replace', 'app-1'])
    assert.deepEqual(JSON.parse(mapping).where, { column: 'what', in: ['Bought', 'Sold'] })
    const { bodies, summary } = mapExport(events, draft.mapping)
    assert.equal(summary.left_out, 1)
    assert.deepEqual(JSON.parse(bodies[0]).events.map(({ app_id, _update_existing_only }) => [app_id, _update_existing_only]), [['app-1', true]])

    draft.edit({ edit: 'app_id', from: null })
    draft.edit({ edit: 'no_where' })
    draft.edit({ edit: 'unknown_users', as: null })
    assert.deepEqual([draft.view().event.app_id, draft.view().where, draft.view().unknown_users], [null, null, null])
    assert.match(errorOf(() => draft.edit({ edit: 'nested_names', as: 'flat' })), /expected off, replace or merge/)
    draft.edit({ edit: 'file_name', text: 'aiq_{id' })
    assert.equal(draft.view().ready, false)
    assert.equal(draft.view().problems[0].code, 'AIQ2005')
    draft.edit({ edit: 'file_name', text: 'aiq_{id}.csv' })
    assert.deepEqual([draft.view().ready, draft.view().file_name, draft.view().file_parts], [true, 'aiq_{id}.csv', ['id']])
    draft.free()
  })

  it('knows every type, every zone, and parts of a file’s name', () => {
    const draft = new Draft(inspect(events))
    for (const as of ['text', 'number', 'integer', 'boolean', 'date', 'time', 'list', 'json']) {
      draft.edit({ edit: 'column', column_idx: 4, as })
      assert.equal(draft.view().columns[4].as, as)
    }
    assert.throws(() => draft.edit({ edit: 'column', column_idx: 4, as: 'float' }), /^Error: found the type "float"/)
    draft.mapping = {
      version: 1,
      rows: 'audience',
      file_name: '{audience_id}_{}.csv',
      where: { column: 'what', in: ['Bought'] },
      identifiers: [{ column: 'external_id', as: 'external_id' }, { column: 'crm', as: 'phone' }],
      audience: { id: { file_part: 'audience_id' }, split: { value: '1' } },
      other_columns: 'skip',
    }
    const view = draft.view()
    assert.deepEqual([view.audience.id.file_part, view.audience.split.value, view.file_parts], ['audience_id', '1', ['audience_id']])
    assert.deepEqual(view.identifiers.map(({ as }) => as), ['external_id', 'phone'])
    const session = new Session(inspect(events), draft.mapping)
    session.beginFile('7_a.csv')
    session.feed(events)
    const summary = session.finish()
    assert.deepEqual(summary.audiences, [{ name: 'AIQ_7_1', members: 1, leavers: 0 }])
    assert.deepEqual([summary.left_out, summary.nothing_to_send], [1, 1])
    draft.edit({ edit: 'no_identifier', idx: 1 })
    assert.equal(draft.view().identifiers.length, 1)
    assert.ok(zones().includes('Europe/Madrid') && zones().includes('UTC'))
  })

  it('applies what the problems offer', () => {
    const draft = new Draft(inspect(exportBytes))
    const offered = () => draft.view().problems.filter(group => group.fix?.grade === 'certain')
    assert.equal(offered().length, 2)
    for (const { code, column_idx } of offered()) draft.edit({ edit: 'fix', code, column_idx })
    assert.deepEqual(offered(), [])
    const { columns } = draft.view()
    assert.deepEqual([columns[4].attribute, columns[7].attribute], ['first_name', 'tier'])
    const fixed = { ...JSON.parse(draft.mapping), unknown_users: 'create' }
    assert.deepEqual(mapExport(exportBytes, fixed).bodies, mapExport(exportBytes, mapping).bodies)
  })

  it('changes identifier, audience and types, one at a time', () => {
    const file = bytes('person,city,score,member\nu1,Lyon,7,true\n')
    const draft = new Draft(inspect(file))
    assert.deepEqual([draft.view().ready, draft.view().identifier], [false, null])
    draft.edit({ edit: 'identifier', column_idx: 0, as: 'external_id' })
    draft.edit({ edit: 'audience', id: { value: '1042' }, split: { column_idx: 2 } })
    draft.edit({ edit: 'column', column_idx: 1, as: 'skip' })
    draft.edit({ edit: 'column', column_idx: 3, as: 'text' })
    const body = () => mapExport(file, draft.mapping).bodies[0]
    assert.equal(body(), '{"attributes":[{"external_id":"u1","AIQ_1042_7":true,"member":"true"}]}')
    assert.deepEqual(draft.view().columns.map(column => column.role), ['identifier', 'skipped', 'split_id', 'attribute'])
    draft.edit({ edit: 'no_audience' })
    draft.edit({ edit: 'column', column_idx: 1, as: 'text' })
    draft.edit({ edit: 'column', column_idx: 2, as: 'number' })
    assert.equal(body(), '{"attributes":[{"external_id":"u1","city":"Lyon","score":7,"member":"true"}]}')
    const saved = draft.mapping
    draft.edit({ edit: 'identifier', column_idx: 3, as: 'braze_id' })
    assert.deepEqual(draft.view().identifier, { column_idx: 3, as: 'braze_id' })
    draft.mapping = saved
    assert.equal(draft.mapping, saved)
  })
})
