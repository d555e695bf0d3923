// What a file of any size costs. In a process of its own, because memory never shrinks.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { initSync } from '../../web/dist/npm/module.js'
import { Session, inspect } from '../../web/dist/npm/node.js'

const bytes = text => new TextEncoder().encode(text)

it('memory does not grow with the file, nor with the number of runs', () => {
  const { memory } = initSync() // the instance that is there already
  const rows = []
  for (let n = 0; n < 10_000; n += 1) rows.push(`${n % 97 ? `00${n}` : ''},1042,${n % 3},entered,"Said ""yes"", then left ${n}"\n`)
  const chunk = bytes(rows.join(''))
  const header = bytes('customer_id,audience_id,split_id,status,note\n')
  const inspection = inspect(header)
  const run = n_chunks => {
    const session = new Session(inspection, null, { rejects: true })
    const drain = () => {
      while (session.nextBatchBytes() !== undefined);
      while (session.nextRejects() !== undefined);
    }
    session.feed(header)
    for (let n = 0; n < n_chunks; n += 1) {
      session.feed(chunk)
      drain()
    }
    const { rows } = session.finish()
    drain()
    session.free()
    return rows
  }
  run(5)
  const before = memory.buffer.byteLength
  const n_chunks = Math.ceil(20e6 / chunk.length)
  assert.equal(run(n_chunks), n_chunks * 10_000)
  for (let n = 0; n < 20; n += 1) run(1)
  assert.equal(memory.buffer.byteLength, before)
  assert.ok(before < 16 << 20, `${before} bytes`)
})
