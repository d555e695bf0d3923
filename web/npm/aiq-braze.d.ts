// ActionIQ exports in, request bodies for Braze's /users/track out.
//
// Nothing of a row ever becomes a JavaScript number: identifiers and figures leave as the text that
// came. Fields have the names that they have in every other output of the program.

/** Bytes that decide on a file's format: give `inspect` so many, or the whole file. */
export const INSPECT_BYTES: number

/** Bytes of a file, in UTF-8. */
export type Bytes = Uint8Array | ArrayBuffer

/** A mapping as an object, or as its JSON text. */
export type MappingInput = Mapping | string

export type Language = 'en' | 'es'

/** What an export came to. */
export interface Mapped {
  /** Bodies of `POST /users/track`, in the order of the rows. */
  bodies: string[]
  /** What there is to say about the header, and the first ten of each kind and column; `summary.problems` has all counted. */
  problems: Problem[]
  /** The rejects file: each rejected row as it stood, behind its reason; bytes, because they may be what was wrong. Empty where none was. */
  rejects: Uint8Array
  summary: Summary
}

/**
 * Maps an export that is in memory, by a mapping or by the suggested one.
 *
 * ```js
 * import { mapExport } from 'aiq-braze'
 * const { bodies, problems, summary } = mapExport(bytes)
 * ```
 *
 * @throws Error where the bytes are no export, or where the mapping does not fit: every reason, a line each.
 */
export function mapExport(bytes: Bytes, mapping?: MappingInput | null): Mapped

/**
 * Says what a file is, from its first `INSPECT_BYTES` or from all of it. A mapping's `format` decides how it is read.
 *
 * @throws Error where the bytes are no export.
 */
export function inspect(firstBytes: Bytes, mapping?: MappingInput | null): Inspection

/** What a file is. Only the object that `inspect` gave opens a session, no copy of it. */
export interface Inspection {
  format: Format
  /** The headers in order. */
  columns: string[]
  /** The first rows, 200 at most; bytes that are no UTF-8 are replaced for show. */
  rows: string[][]
  /** The suggested mapping. Without an identifier it is no complete one. */
  mapping: Mapping
  /** The least sure of what the suggestion rests on; `null` where it found no identifier. */
  grade: Grade | null
  /** Why the columns map as suggested; one without a reason is sent as text. */
  reasons: Reason[]
}

export interface Reason {
  /** From 0. */
  column_idx: number
  role: 'identifier' | 'audience_id' | 'split_id' | 'status' | 'attribute'
  /** Which identifier, or the attribute's type. */
  as: IdentifierKind | AttributeType | null
  grade: Grade
  because: 'header' | 'usual_header' | 'values'
}

/** `certain`: nothing else can be meant. `likely`: a person should look. */
export type Grade = 'certain' | 'likely'

/**
 * A run that streams. After each chunk take the bodies until there are none:
 *
 * ```js
 * const session = new Session(inspect(firstBytes), mapping)
 * for await (const chunk of stream) {
 *   session.feed(chunk)
 *   for (let body; (body = session.nextBatch()) !== undefined; ) await send(body)
 * }
 * const summary = session.finish()
 * for (let body; (body = session.nextBatch()) !== undefined; ) await send(body)
 * ```
 *
 * The same bytes give the same bodies, whatever the chunks. Memory stays the same for files of any size.
 */
export class Session {
  /** @throws Error where the mapping does not fit: every reason, a line each. */
  constructor(inspection: Inspection, mapping?: MappingInput | null, options?: SessionOptions)
  /** Begins a file of the export; the first begins by itself. Each has its own header. */
  beginFile(name?: string): void
  /**
   * Takes the next bytes. A large chunk is read on, slice by slice, as `nextBatch` asks; what is returned is how
   * far the run is by now.
   *
   * @throws Error where the file cannot be read on, and where 16 MiB are waiting because nobody takes them.
   */
  feed(chunk: Bytes): Progress
  /** The next request body; `undefined` when none waits. */
  nextBatch(): string | undefined
  /** The next request body in UTF-8; `undefined` when none waits. */
  nextBatchBytes(): Uint8Array | undefined
  /** The next piece of the rejects file; `undefined` when none waits, and always without `options.rejects`. */
  nextRejects(): Uint8Array | undefined
  /** Ends the file. Rows that fill no request wait for the next file, or for `finish`. */
  endFile(): void
  /** Ends the run and sums it up. Take the last bodies afterwards. */
  finish(): Summary
  progress(): Progress
  /** What there is to say about the header, and the first ten of each kind and column. */
  problems(): Problem[]
  /** All problems by kind and column, with exact counts and in words; errors come first. */
  groups(language?: Language): ProblemGroup[]
  /** Gives the memory back now, and not when the object is collected. Nothing else works afterwards. */
  free(): void
}

export interface SessionOptions {
  /** Rejected rows wait for `nextRejects`, which must be drained too. Default `false`. */
  rejects?: boolean
}

export interface Progress {
  bytes: number
  rows: number
  rejected: number
  /** Bodies made so far. */
  requests: number
}

/** `rows` = rows of `objects` + `rejected` + `nothing_to_send`. */
export interface Summary {
  rows: number
  objects: number
  rejected: number
  /** Rows that hold nothing but an identifier. */
  nothing_to_send: number
  requests: number
  body_bytes: number
  /** In the order of their first row. */
  audiences: Audience[]
  problems: ProblemCount[]
}

/** An audience attribute and how many it was written for. */
export interface Audience {
  name: string
  members: number
  leavers: number
}

export type Severity = 'error' | 'warning'

export interface ProblemCount {
  /** Such as `AIQ3003`. */
  code: string
  /** Such as `bad-number`. */
  name: string
  severity: Severity
  column: string | null
  count: number
}

/** One problem. A row's has `row`, `line`, `byte` and `file`, a header's `column_idx`, a mapping's `path`. */
export interface Problem {
  code: string
  name: string
  severity: Severity
  /** From 1, after the header. */
  row?: number
  /** From 1, physical lines. */
  line?: number
  byte?: number
  file?: number
  column?: string | null
  column_idx?: number
  path?: string
  position?: number
  found: string | null
  expected: string
  /** One sentence: where, what, and what to do. */
  message: string
  fix: { grade: Grade } | null
}

export interface ProblemGroup extends ProblemCount {
  column_idx: number | null
  title: string
  why: string
  todo: string
  /** The first ten. */
  first: ProblemExample[]
  /** A JSON Patch (RFC 6902) of the mapping. */
  fix: { grade: Grade; patch: JsonPatch } | null
}

export interface ProblemExample {
  /** In words. */
  place: string
  row: number | null
  line: number | null
  found: string | null
  expected: string
  message: string
}

export type JsonPatch = { op: 'add' | 'replace'; path: string; value: unknown }[]

/** A mapping that somebody edits. It starts as the suggested one. */
export class Draft {
  constructor(inspection: Inspection)
  /** The mapping as JSON text. A text that is no mapping is not taken. */
  get mapping(): string
  set mapping(mapping: MappingInput)
  /** @throws Error where the edit does not fit; nothing is changed then. */
  edit(edit: Edit): void
  view(language?: Language): DraftView
  /** Gives the memory back now, and not when the object is collected. Nothing else works afterwards. */
  free(): void
}

export type Edit =
  | { edit: 'identifier'; column_idx: number; as: IdentifierKind }
  | { edit: 'audience'; id: Part; split: Part }
  | { edit: 'no_audience' }
  | { edit: 'column'; column_idx: number; as: AttributeType | 'skip' }
  | { edit: 'skip_bad_cells'; column_idx: number }
  | { edit: 'fix'; code: string; column_idx: number }

/** From a column, or the same for all rows. */
export type Part = { column_idx: number } | { value: string }

export interface DraftView {
  /** The mapping fits, and can be given to a session. */
  ready: boolean
  mapping: string
  identifier: { column_idx: number | null; as: IdentifierKind } | null
  audience: {
    id: { column_idx: number | null; value: string | null }
    split: { column_idx: number | null; value: string | null }
    name: string
    members: string[] | null
    leavers: string[] | null
  } | null
  columns: DraftColumn[]
  problems: ProblemGroup[]
}

export interface DraftColumn {
  header: string
  role: 'identifier' | 'audience_id' | 'split_id' | 'status' | 'attribute' | 'skipped'
  as: IdentifierKind | AttributeType | null
  /** The attribute's name in Braze. */
  attribute: string | null
  grade: Grade | null
  because: 'header' | 'usual_header' | 'values' | 'chosen' | 'default'
}

export type IdentifierKind = 'external_id' | 'braze_id'
export type AttributeType = 'text' | 'number' | 'boolean'

/** How cells are written. */
export interface Format {
  /** One ASCII character. */
  delimiter: string
  /** How a quote stands inside quotes: doubled, or behind a backslash. */
  escape: 'double' | 'backslash'
  /** Whether the first row names the columns. */
  header: boolean
}

/** A column by its header, by which of several, or by its index from 0. */
export type ColumnRef = string | { header: string; occurrence?: number } | { index: number }

/** How an export becomes bodies. */
export interface Mapping {
  version: 1
  rows: 'audience' | 'attributes'
  /** Found out where it is left out. */
  format?: Partial<Format>
  /** The first filled one is used. */
  identifiers: { column: ColumnRef; as: IdentifierKind }[]
  /** What Braze does with users that it does not know; left out, it creates them. */
  unknown_users?: 'create' | 'skip'
  /** With `rows: "audience"`, and only then. */
  audience?: {
    id: { column: ColumnRef } | { value: string }
    split: { column: ColumnRef } | { value: string }
    /** Default `AIQ_{audience_id}_{split_id}`. */
    name?: string
    /** Everybody is a member where it is left out. */
    member?: { column: ColumnRef; true: string[]; false: string[] }
    /** What is written for somebody who left: default `false`; `null` removes the attribute. */
    leaver?: false | null
  }
  columns?: ColumnRule[]
  other_columns?: 'keep' | 'skip'
  empty?: Empty
  /** Most distinct audience attributes. Default 50. */
  max_names?: number
}

export type ColumnRule = ({ header: string; occurrence?: number } | { index: number }) & {
  skip?: boolean
  /** The attribute's name; the header's text where it is left out. */
  as?: string
  type?: AttributeType
  on_bad_value?: 'reject_row' | 'skip_cell'
  empty?: Empty
}

/** What an empty cell says: nothing, remove the attribute, or an empty text. */
export type Empty = 'leave' | 'null' | 'blank'
