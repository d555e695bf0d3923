// How the worker reads files: slice by slice, unpacked, and as UTF-8, whatever they are written in. What
// a file is says the module, by its first bytes.
'use strict'

/* global wasm_bindgen */

/** Read at a time. FileReaderSync and larger pieces pile up memory. */
const SLICE_BYTES = 1 << 20
/** Handed out at a time, so that the queue inside the module stays small. */
const CHUNK_BYTES = 256 << 10
/** What decides on the format: the core's PROBE_BYTES. */
const INSPECT_BYTES = 256 << 10

/** A byte that stands nowhere in UTF-8: what is no text gets its row rejected, and nothing is made up for it. */
const NO_UTF8 = 0xff
const NO_BYTES = new Uint8Array(0)

/** Something that cannot be read here. The page has the words for it: `message` is their key. */
class Refusal extends Error {
  name = 'Refusal'
}

/** A file as the core reads it. */
class Source {
  /** Bytes of the file itself that were read. */
  n_read = 0
  isGzip = false

  constructor(file) {
    this.file = file
  }

  static async open(file) {
    const source = new Source(file)
    const first = await arrayOf(file.slice(0, INSPECT_BYTES))
    source.take(first, first.length >= file.size)
    if (source.isGzip) source.take(...(await source.unpackedHead()))
    return source
  }

  take(first, isWhole) {
    const content = wasm_bindgen.content(first, isWhole)
    if (content === 'gzip' && !this.isGzip) {
      this.isGzip = true
      return
    }
    if (!ENCODINGS.includes(content)) throw new Refusal(content === 'gzip' ? 'packed' : content)
    this.first = first
    this.encoding = content
  }

  /** Its name without what only says how it is packed, as a mapping's `file_name` means it. */
  get name() {
    return this.isGzip ? this.file.name.replace(/\.(gz|gzip)$/i, '') : this.file.name
  }

  /** The first bytes in UTF-8. */
  get head() {
    const decoder = decoderFor(this.encoding)
    return decoder ? decoder.feed(this.first) : this.first
  }

  facts() {
    const { file, isGzip, encoding } = this
    return { name: file.name, textName: this.name, size: file.size, isGzip, encoding }
  }

  async *chunks() {
    const decoder = decoderFor(this.encoding)
    for await (const piece of this.unpacked()) {
      for (let from = 0; from < piece.length; from += CHUNK_BYTES) {
        const chunk = piece.subarray(from, from + CHUNK_BYTES)
        yield decoder ? decoder.feed(chunk) : chunk
      }
    }
    if (decoder) yield decoder.end()
  }

  unpacked() {
    return this.isGzip ? unzipped(this.slices()) : this.slices()
  }

  async *slices() {
    this.n_read = 0
    for (let at = 0; at < this.file.size; at += SLICE_BYTES) {
      const slice = await arrayOf(this.file.slice(at, at + SLICE_BYTES))
      this.n_read += slice.length
      yield slice
    }
  }

  /** The first bytes of what is packed, and whether there are no others. */
  async unpackedHead() {
    const head = new Uint8Array(INSPECT_BYTES)
    let length = 0
    for await (const piece of this.unpacked()) {
      const part = piece.subarray(0, INSPECT_BYTES - length)
      head.set(part, length)
      length += part.length
      if (part.length < piece.length) return [head, false]
    }
    return [head.slice(0, length), true]
  }
}

async function* unzipped(slices) {
  const packed = new ReadableStream({
    async pull(controller) {
      const { done, value } = await slices.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader()
  try {
    for (let piece; !(piece = await reader.read()).done; ) yield piece.value
  } catch (error) {
    // Damaged, cut off, or with something behind its end. That the file is gone is another matter.
    throw error instanceof TypeError ? new Refusal('gzip') : error
  } finally {
    reader.cancel().catch(() => {}) // of one that failed there is nothing to cancel
  }
}

/** Files that are all ASCII so far are in what the others are. */
function settleEncodings(sources) {
  const has = encoding => sources.some(source => source.encoding === encoding)
  const forAscii = has('windows-1252') && !has('utf-8') ? 'windows-1252' : 'utf-8'
  for (const source of sources) if (source.encoding === 'ascii') source.encoding = forAscii
}

async function arrayOf(blob) {
  return new Uint8Array(await blob.arrayBuffer())
}

// --- Encodings -----------------------------------------------------------------------------------

const ENCODINGS = ['ascii', 'utf-8', 'utf-16le', 'utf-16be', 'windows-1252']

/** What turns an encoding into UTF-8, chunk by chunk; nothing where it is UTF-8. */
function decoderFor(encoding) {
  if (encoding === 'windows-1252') return new Windows1252()
  return encoding.startsWith('utf-16') ? new Utf16(encoding === 'utf-16le') : null
}

const encoder = new TextEncoder()

/** Each byte's character in UTF-8. TextDecoder knows characters for five bytes that have none. */
const WINDOWS_1252 = Array.from({ length: 256 }, (_, byte) =>
  [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte) ? [NO_UTF8] : encoder.encode(new TextDecoder('windows-1252').decode(Uint8Array.of(byte))),
)

class Windows1252 {
  feed(bytes) {
    const out = new Uint8Array(bytes.length * 3)
    let end = 0
    for (const byte of bytes) {
      if (byte < 0x80) out[end++] = byte
      else for (const part of WINDOWS_1252[byte]) out[end++] = part
    }
    return out.subarray(0, end)
  }

  end() {
    return NO_BYTES
  }
}

/** By code units, because TextDecoder puts a character where half of one stands. */
class Utf16 {
  /** Half a code unit, or half a character. */
  rest = NO_BYTES
  isStart = true

  constructor(isLittle) {
    this.isLittle = isLittle
  }

  feed(chunk) {
    const bytes = new Uint8Array(this.rest.length + chunk.length)
    bytes.set(this.rest)
    bytes.set(chunk, this.rest.length)
    const view = new DataView(bytes.buffer)
    let n_units = bytes.length >> 1
    const last = n_units > 0 ? view.getUint16(n_units * 2 - 2, this.isLittle) : 0
    if (last >= 0xd800 && last < 0xdc00) n_units -= 1
    this.rest = bytes.subarray(n_units * 2)
    const units = Uint16Array.from({ length: n_units }, (_, n) => view.getUint16(n * 2, this.isLittle))
    return this.utf8(units)
  }

  end() {
    return this.rest.length > 0 ? Uint8Array.of(NO_UTF8) : NO_BYTES
  }

  utf8(units) {
    let text = ''
    for (let from = 0; from < units.length; from += 4096) text += String.fromCharCode(...units.subarray(from, from + 4096))
    if (this.isStart && text.length > 0) {
      this.isStart = false
      if (text.startsWith('\ufeff')) text = text.slice(1)
    }
    const parts = text.split(/\p{Surrogate}/u).map(part => encoder.encode(part))
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, parts.length - 1)).fill(NO_UTF8)
    let end = 0
    for (const part of parts) {
      out.set(part, end)
      end += part.length + 1
    }
    return out
  }
}
