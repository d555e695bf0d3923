// The worker: reads files, runs the core, and answers the page. It is started from a blob that holds
// the glue (`wasm_bindgen`), reading.js and this text, because only such a worker is bound by the page's
// policy.
//
// What is opened is an export, or else a request body that was made elsewhere.
//
// Asked: {do: 'start' | 'open' | 'edit' | 'mapping' | 'language' | 'check' | 'stop', …}
// Answered: {kind: 'ready' | 'view' | 'mapping' | 'progress' | 'done' | 'payload' | 'failed' | 'broken', …}
'use strict'

/* global wasm_bindgen, Source, Refusal, settleEncodings */
/** Collected before it becomes a Blob, which the browser may put on disk. */
const PART_BYTES = 8 << 20
const FIRST_BODIES = 5
const SHOWN_ROWS = 8

let language = 'en'
/** What is open: Sources. */
let sources = []
let inspection
let draft
let session
/** Request bodies, where it is no export. */
let payloads
/** The run at hand: what comes back from an await and finds another number gives up. */
let turn = 0
let finished

const actions = {
  start({ wasm }) {
    wasm_bindgen.initSync({ module: Uint8Array.from(atob(wasm), digit => digit.charCodeAt(0)) })
    postMessage({ kind: 'ready', zones: JSON.parse(wasm_bindgen.zones()), conflictUsers: wasm_bindgen.conflict_users() })
  },

  /** `isPayload`: it is a request body, whatever it looks like. */
  async open({ files, isPayload }) {
    turn += 1
    const mine = turn
    const opened = []
    for (const file of files) {
      opened.push(await Source.open(file))
      if (mine !== turn) return
    }
    settleEncodings(opened)
    if (isPayload || wasm_bindgen.is_payload(opened[0].head)) {
      if (opened.length > 1) throw new Refusal('several_payloads')
      forget()
      sources = opened
      payloads = new wasm_bindgen.Payloads()
    } else {
      inspect(opened[0].head)
      sources = opened
      tell({ opened: true, inspected: true, checks: true })
    }
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
    inspect(sources[0].head, text)
    draft.set_mapping(text)
    tell({ inspected: true, checks: true })
    await check()
  },

  language(message) {
    language = message.language
    if (draft) tell()
    if (finished && payloads) tellPayload()
    else if (finished) tellDone()
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
    if (data.do === 'open') forget()
    // A trap is a mistake of ours, and nothing in the module can be trusted after it.
    if (error instanceof WebAssembly.RuntimeError) postMessage({ kind: 'broken' })
    else postMessage({ kind: 'failed', name: error.name, message: error.message, during: data.do })
  }
}

function inspect(first, mapping) {
  const found = wasm_bindgen.inspect(first, mapping)
  forget()
  inspection = found
  draft = new wasm_bindgen.Draft(inspection)
}

function forget() {
  for (const object of [session, draft, inspection, payloads]) object?.free()
  session = draft = inspection = payloads = finished = undefined
}

/** `checks`: a run follows, if the mapping can run at all. */
function tell({ opened = false, inspected = false, checks = false } = {}) {
  const message = { kind: 'view', draft: JSON.parse(draft.view(language)) }
  if (checks) message.checking = message.draft.ready
  if (inspected) {
    const { format, columns, rows } = JSON.parse(inspection.json())
    message.inspection = { format, columns, rows: rows.slice(0, SHOWN_ROWS) }
  }
  if (opened) message.opened = sources.map(source => source.facts())
  postMessage(message)
}

async function check() {
  turn += 1
  finished = undefined
  await (payloads ? checkPayloads() : checkRows())
}

/** Hands out every chunk of every file, and says how far it is; `false` where another run has begun. */
async function readAll({ begin, feed, end, progress }) {
  const mine = turn
  const start = performance.now()
  const all = sources.reduce((sum, source) => sum + source.file.size, 0)
  let told = 0
  let before = 0
  for (const source of sources) {
    begin(source.name)
    for await (const chunk of source.chunks()) {
      if (mine !== turn) return false
      feed(chunk)
      const seconds = (performance.now() - start) / 1000
      if (seconds - told > 0.1) {
        told = seconds
        postMessage({ kind: 'progress', all, seconds, ...progress(), bytes: before + source.n_read })
      }
    }
    if (mine !== turn) return false
    before += source.n_read
    end()
  }
  return true
}

/** All rows of all files, by the mapping as it is now. */
async function checkRows() {
  session?.free()
  session = undefined
  if (!JSON.parse(draft.view(language)).ready) return
  session = new wasm_bindgen.Session(inspection, draft.mapping(), true, true)

  const first = []
  const bodies = new Parts('application/jsonl')
  const rejects = new Parts('application/octet-stream')
  const drain = () => {
    for (let body; (body = session.next_body()) !== undefined; ) {
      if (first.length < FIRST_BODIES) first.push(new TextDecoder().decode(body))
      bodies.add(body)
      bodies.add(LINE_END)
    }
    for (let piece; (piece = session.next_rejects()) !== undefined; ) rejects.add(piece)
  }

  const isRead = await readAll({
    begin: name => session.begin_file(name),
    feed: chunk => {
      session.feed(chunk)
      drain()
    },
    end: () => {
      session.end_file()
      drain()
    },
    progress: () => JSON.parse(session.progress()),
  })
  if (!isRead) return
  const summary = JSON.parse(session.finish())
  drain()
  finished = { summary, first, bodies: bodies.blob(), rejects: rejects.blob() }
  tellDone()
}

function tellDone() {
  postMessage({ kind: 'done', groups: JSON.parse(session.groups(language)), ...finished })
}

/** The request body, or the bodies line by line. */
async function checkPayloads() {
  payloads.free()
  payloads = new wasm_bindgen.Payloads()
  postMessage({ kind: 'payload', opened: sources[0].facts(), report: null })
  const isRead = await readAll({
    begin: () => {},
    feed: chunk => payloads.feed(chunk),
    end: () => payloads.finish(),
    progress: () => ({}),
  })
  if (!isRead) return
  finished = {}
  tellPayload()
}

function tellPayload() {
  postMessage({ kind: 'payload', opened: sources[0].facts(), report: JSON.parse(payloads.view(language)) })
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
