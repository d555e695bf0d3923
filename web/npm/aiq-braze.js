// The package's API over the glue. Its types, and what each part promises, stand in aiq-braze.d.ts.
//
// Everything crosses as bytes or as JSON text. The slices here keep the module's memory the same for
// chunks and files of any size.
import * as wasm from './module.js'

/** What decides on a file's format is at most this many bytes. */
export const INSPECT_BYTES = 256 << 10

/** Bytes that are read before bodies are handed out. */
const SLICE_BYTES = 256 << 10

/** The module's own object behind what inspect() gave. */
const inspections = new WeakMap()

const NOTHING = new Uint8Array(0)

const text = new TextDecoder()

export function inspect(firstBytes, mapping) {
  const bytes = bytesOf(firstBytes).subarray(0, INSPECT_BYTES)
  const found = wasm.inspect(bytes, mappingText(mapping))
  const inspection = JSON.parse(found.json())
  inspections.set(inspection, found)
  return inspection
}

export function mapExport(bytes, mapping) {
  const whole = bytesOf(bytes)
  const inspection = inspect(whole, mapping)
  let session
  try {
    session = new Session(inspection, mapping, { rejects: true })
    const bodies = []
    const rejects = new Pieces()
    const drain = () => {
      for (let body; (body = session.nextBatch()) !== undefined; ) bodies.push(body)
      for (let piece; (piece = session.nextRejects()) !== undefined; ) rejects.push(piece)
    }
    for (let start = 0; start < whole.length; start += SLICE_BYTES) {
      session.feed(whole.subarray(start, start + SLICE_BYTES))
      drain()
    }
    const summary = session.finish()
    drain()
    return { bodies, problems: session.problems(), rejects: rejects.whole(), summary }
  } finally {
    session?.free()
    inspections.get(inspection).free()
  }
}

export class Session {
  #run
  /** What of the last chunk is still to be read. */
  #rest = NOTHING

  constructor(inspection, mapping, options = {}) {
    const found = inspections.get(inspection)
    if (!found) throw new TypeError('expected what inspect() gave as the first argument')
    this.#run = new wasm.Session(found, mappingText(mapping), options.rejects === true, options.conflicts === true)
  }

  beginFile(name = '') {
    this.#readRest()
    this.#run.begin_file(String(name))
  }

  feed(chunk) {
    const bytes = bytesOf(chunk)
    this.#readRest()
    this.#rest = bytes
    try {
      this.#readSlice()
    } catch (error) {
      this.#rest = NOTHING // a chunk is taken or it is not
      throw error
    }
    return this.progress()
  }

  nextBatchBytes() {
    let body = this.#run.next_body()
    while (body === undefined && this.#rest.length > 0) {
      this.#readSlice()
      body = this.#run.next_body()
    }
    return body
  }

  nextBatch() {
    const body = this.nextBatchBytes()
    return body && text.decode(body)
  }

  nextRejects() {
    return this.#run.next_rejects()
  }

  endFile() {
    this.#readRest()
    this.#run.end_file()
  }

  finish() {
    this.#readRest()
    return JSON.parse(this.#run.finish())
  }

  progress() {
    return JSON.parse(this.#run.progress())
  }

  problems() {
    return JSON.parse(this.#run.problems())
  }

  groups(language) {
    return JSON.parse(this.#run.groups(language))
  }

  free() {
    this.#run.free()
  }

  #readSlice() {
    const slice = this.#rest.subarray(0, SLICE_BYTES)
    this.#run.feed(slice)
    this.#rest = this.#rest.subarray(slice.length)
  }

  /** Whoever does not drain gets everything in the queue, up to its bound. */
  #readRest() {
    while (this.#rest.length > 0) this.#readSlice()
  }
}

export function checkPayload(payload, language) {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : bytesOf(payload)
  return JSON.parse(wasm.check_payload(bytes, language))
}

export function zones() {
  return JSON.parse(wasm.zones())
}

export class Draft {
  #draft

  constructor(inspection) {
    const found = inspections.get(inspection)
    if (!found) throw new TypeError('expected what inspect() gave as the first argument')
    this.#draft = new wasm.Draft(found)
  }

  get mapping() {
    return this.#draft.mapping()
  }

  set mapping(mapping) {
    this.#draft.set_mapping(mappingText(mapping))
  }

  edit(edit) {
    this.#draft.edit(JSON.stringify(edit))
  }

  view(language) {
    return JSON.parse(this.#draft.view(language))
  }

  free() {
    this.#draft.free()
  }
}

/** Bytes that come in pieces. A rejects file is no text: what was wrong with a row may be its bytes. */
class Pieces {
  #pieces = []
  #length = 0

  push(piece) {
    this.#pieces.push(piece)
    this.#length += piece.length
  }

  whole() {
    const whole = new Uint8Array(this.#length)
    let end = 0
    for (const piece of this.#pieces) {
      whole.set(piece, end)
      end += piece.length
    }
    return whole
  }
}

function bytesOf(bytes) {
  if (bytes instanceof Uint8Array) return bytes
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes)
  throw new TypeError(`expected a Uint8Array or an ArrayBuffer, found ${kindOf(bytes)}`)
}

function mappingText(mapping) {
  if (mapping === undefined || mapping === null) return undefined
  if (typeof mapping === 'string') return mapping
  if (typeof mapping === 'object') return JSON.stringify(mapping)
  throw new TypeError(`expected a mapping as an object or as JSON text, found ${kindOf(mapping)}`)
}

function kindOf(value) {
  return value === null ? 'null' : typeof value === 'object' ? value.constructor?.name ?? 'an object' : typeof value
}
