// The worker: reads files, runs the core, and answers the page. It is started from a blob that holds
// the glue (`wasm_bindgen`) and this text, because only such a worker is bound by the page's policy.
//
// Asked: {do: 'start' | 'open' | 'edit' | 'mapping' | 'language' | 'check' | 'stop', …}
// Answered: {kind: 'ready' | 'view' | 'mapping' | 'progress' | 'done' | 'failed' | 'broken', …}
'use strict'

/* global wasm_bindgen */

/** Read at a time. FileReaderSync and larger pieces pile up memory. */
const SLICE_BYTES = 1 << 20
/** Fed at a time, so that the queue inside the module stays small. */
const FEED_BYTES = 256 << 10
/** What decides on the format: the core's PROBE_BYTES. */
const INSPECT_BYTES = 256 << 10
/** Collected before it becomes a Blob, which the browser may put on disk. */
const PART_BYTES = 8 << 20
const FIRST_BODIES = 5
const SHOWN_ROWS = 8

let language = 'en'
let files = []
let inspection
let draft
let session
/** The run at hand: what comes back from an await and finds another number gives up. */
let turn = 0
let finished

const actions = {
  start({ wasm }) {
    wasm_bindgen.initSync({ module: Uint8Array.from(atob(wasm), digit => digit.charCodeAt(0)) })
    postMessage({ kind: 'ready', zones: JSON.parse(wasm_bindgen.zones()) })
  },

  async open(message) {
    turn += 1
    const mine = turn
    files = message.files
    const first = await firstBytes()
    if (mine !== turn) return
    forget()
    inspect(first)
    tell({ opened: true, inspected: true, checks: true })
    await check()
  },

  async edit({ edit }) {
    draft.edit(JSON.stringify(edit))
    tell({ checks: true })
    await check()
  },

  /** A whole mapping. Its format may be another one, so the file is looked at anew. */
  async mapping({ text }) {
    const problems = JSON.parse(draft.check_mapping(text, language))
    postMessage({ kind: 'mapping', problems })
    if (problems.length > 0) return
    turn += 1
    const mine = turn
    const first = await firstBytes()
    if (mine !== turn) return
    inspect(first, text)
    draft.set_mapping(text)
    tell({ inspected: true, checks: true })
    await check()
  },

  language(message) {
    language = message.language
    if (draft) tell()
    if (finished) tellDone()
  },

  check,

  stop() {
    turn += 1
  },
}

onmessage = async ({ data }) => {
  try {
    await actions[data.do](data)
  } catch (error) {
    // A trap is a mistake of ours, and nothing in the module can be trusted after it.
    if (error instanceof WebAssembly.RuntimeError) postMessage({ kind: 'broken' })
    else postMessage({ kind: 'failed', name: error.name, message: error.message, during: data.do })
  }
}

async function firstBytes() {
  return new Uint8Array(await files[0].slice(0, INSPECT_BYTES).arrayBuffer())
}

function inspect(first, mapping) {
  const found = wasm_bindgen.inspect(first, mapping)
  forget()
  inspection = found
  draft = new wasm_bindgen.Draft(inspection)
}

function forget() {
  session?.free()
  draft?.free()
  inspection?.free()
  session = draft = inspection = finished = undefined
}

/** `checks`: a run follows, if the mapping can run at all. */
function tell({ opened = false, inspected = false, checks = false } = {}) {
  const message = { kind: 'view', draft: JSON.parse(draft.view(language)) }
  if (checks) message.checking = message.draft.ready
  if (inspected) {
    const { format, columns, rows } = JSON.parse(inspection.json())
    message.inspection = { format, columns, rows: rows.slice(0, SHOWN_ROWS) }
  }
  if (opened) message.opened = files.map(({ name, size }) => ({ name, size }))
  postMessage(message)
}

/** All rows of all files, by the mapping as it is now. */
async function check() {
  turn += 1
  const mine = turn
  finished = undefined
  session?.free()
  session = undefined
  if (!JSON.parse(draft.view(language)).ready) return
  session = new wasm_bindgen.Session(inspection, draft.mapping(), true)

  const first = []
  const bodies = new Parts('application/jsonl')
  const rejects = new Parts('text/csv')
  const drain = () => {
    for (let body; (body = session.next_body()) !== undefined; ) {
      if (first.length < FIRST_BODIES) first.push(new TextDecoder().decode(body))
      bodies.add(body)
      bodies.add(LINE_END)
    }
    for (let piece; (piece = session.next_rejects()) !== undefined; ) rejects.add(piece)
  }

  const start = performance.now()
  const all = files.reduce((sum, file) => sum + file.size, 0)
  let told = 0
  for (const file of files) {
    session.begin_file(file.name)
    for (let at = 0; at < file.size; at += SLICE_BYTES) {
      const slice = new Uint8Array(await file.slice(at, at + SLICE_BYTES).arrayBuffer())
      if (mine !== turn) return
      for (let from = 0; from < slice.length; from += FEED_BYTES) {
        session.feed(slice.subarray(from, from + FEED_BYTES))
        drain()
      }
      const seconds = (performance.now() - start) / 1000
      if (seconds - told > 0.1) {
        told = seconds
        postMessage({ kind: 'progress', all, seconds, ...JSON.parse(session.progress()) })
      }
    }
    session.end_file()
    drain()
  }
  const summary = JSON.parse(session.finish())
  drain()
  finished = { summary, first, bodies: bodies.blob(), rejects: rejects.blob() }
  tellDone()
}

function tellDone() {
  postMessage({ kind: 'done', groups: JSON.parse(session.groups(language)), ...finished })
}

const LINE_END = Uint8Array.of(10)

/**
 * A file that grows. Pieces become Blobs as they come, and Blobs live in the browser's own process, on
 * disk where they are many: thin is this up to a few hundred MB. For more there would have to be a file
 * in the origin's private file system.
 */
class Parts {
  constructor(type) {
    this.type = type
    this.blobs = []
    this.pieces = []
    this.bytes = 0
  }

  add(piece) {
    this.pieces.push(piece)
    this.bytes += piece.length
    if (this.bytes >= PART_BYTES) this.settle()
  }

  settle() {
    this.blobs.push(new Blob(this.pieces))
    this.pieces = []
    this.bytes = 0
  }

  blob() {
    this.settle()
    return new Blob(this.blobs, { type: this.type })
  }
}
