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
  /**
   * The rejects file: each rejected row as it stood, behind its reason; bytes, because they may be what was wrong.
   * Of a JSON export they are JSON lines. Empty where none was.
   */
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
  /** From 0; `null` where no single column says it. */
  column_idx: number | null
  /** `no_header`: the first row is one like the others. */
  role: Role | 'attribute' | 'no_header'
  /** Which identifier, or the attribute's type. */
  as: IdentifierKind | AttributeType | null
  grade: Grade
  because: 'header' | 'usual_header' | 'values' | 'file_name'
}

/** What a column is that is sent by no name of its own. */
export type Role = 'identifier' | 'audience_id' | 'split_id' | 'status' | 'event_name' | 'event_time' | 'app_id'

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
  /**
   * Users with two values of an attribute are looked for among the last 65,536 at least, and told as AIQ3080. It
   * costs memory: some 30 bytes for each attribute of each of them. Default `false`.
   */
  conflicts?: boolean
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
  /** Rows that hold nothing but an identifier, and those that the mapping's `where` leaves out. */
  nothing_to_send: number
  /** Rows that the mapping's `where` leaves out. */
  left_out: number
  requests: number
  body_bytes: number
  /** In the order of their first row. */
  audiences: Audience[]
  /** In the order of their first row. */
  events: EventCount[]
  /** Columns of a JSON export that came later than its first rows. */
  later_columns: string[]
  problems: ProblemCount[]
}

/** An audience attribute and how many it was written for. */
export interface Audience {
  name: string
  members: number
  leavers: number
}

/** An event and how many of it were written. */
export interface EventCount {
  name: string
  count: number
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
  /** The first identifier; further ones stay. */
  | { edit: 'identifier'; column_idx: number; as: IdentifierKind }
  /** Of the first identifier, where it is a `user_alias`. */
  | { edit: 'alias_label'; label: Part }
  /** A further identifier, by its place among all, is one no more. */
  | { edit: 'no_identifier'; idx: number }
  | { edit: 'audience'; id: Part; split: Part }
  /** Rows are attributes. */
  | { edit: 'no_audience' }
  | { edit: 'events'; name: Part; time: { column_idx: number } }
  /** The app in which the events were; `null`: nothing is said. */
  | { edit: 'app_id'; from: Part | null }
  /** Only rows whose cell is one of these words are meant: a word a line, an empty line for empty cells. */
  | { edit: 'where'; column_idx: number; text: string }
  /** All rows are meant. */
  | { edit: 'no_where' }
  /** The template of the files' names; empty: they say nothing. While it is none yet, the mapping keeps the one before. */
  | { edit: 'file_name'; text: string }
  | { edit: 'nested_names'; as: 'off' | 'replace' | 'merge' }
  /** `null`: nothing is said, and Braze creates them. */
  | { edit: 'unknown_users'; as: 'create' | 'skip' | null }
  | { edit: 'column'; column_idx: number; as: AttributeType | 'skip' }
  /** The pattern of the column's dates or times (also of the events' time); empty: the usual forms. */
  | { edit: 'format'; column_idx: number; text: string }
  /** The zone of the column's times that name none; empty: none. */
  | { edit: 'zone'; column_idx: number; text: string }
  /** What stands between the items of the column's lists; empty: `;`. */
  | { edit: 'separator'; column_idx: number; text: string }
  | { edit: 'skip_bad_cells'; column_idx: number }
  | { edit: 'fix'; code: string; column_idx: number }

/** From a column, the same for all rows, or a named part of the file's name. */
export type Part = { column_idx: number } | { value: string } | { file_part: string }

/** One of the three; none where the export does not have the column. */
export interface PartView {
  column_idx: number | null
  value: string | null
  file_part: string | null
}

/**
 * Holds a body of `POST /users/track` that was made elsewhere against Braze's rules. Any text or bytes are taken:
 * that a body cannot be read is one of its problems.
 *
 * ```js
 * const { fine, problems } = checkPayload('{"attributes": [{"external_id": 123}]}')
 * problems[0].message // request body, line 1, column 33, attributes[0].external_id: …
 * ```
 *
 * What depends on a clock or on a workspace is not checked: times in the future, blocked names, types that are set
 * in Braze.
 */
export function checkPayload(payload: Bytes | string, language?: Language): PayloadReport

/** What there is to say about a request body. */
export interface PayloadReport {
  /** No error. There may be warnings. */
  fine: boolean
  /** How many objects of each kind. */
  attributes: number
  events: number
  purchases: number
  bytes: number
  /** How many problems of each code, all counted. */
  tally: { code: string; name: string; severity: Severity; count: number }[]
  /** The first 1,000 in the order of their places. */
  problems: PayloadProblem[]
}

/** `error`: what Braze refuses, or drops as a whole. `warning`: what it changes, cuts or passes over. */
export interface PayloadProblem {
  /** Such as `AIQ5015`. */
  code: string
  name: string
  severity: Severity
  /** Such as `attributes[3].pets[0].name`; empty at the top. */
  path: string
  /** From 1. */
  line: number
  /** In characters, from 1. */
  column: number
  found: string | null
  expected: string
  title: string
  why: string
  todo: string
  /** One sentence: where, what, and what to do. */
  message: string
}

/** The names of all time zones that a mapping may name, in order. */
export function zones(): string[]

export interface DraftView {
  /** The mapping fits, and can be given to a session. */
  ready: boolean
  mapping: string
  /** The first identifier. */
  identifier: { column_idx: number | null; as: IdentifierKind } | null
  /** All identifiers, in the order in which they are tried. */
  identifiers: { column_idx: number | null; as: IdentifierKind; label: PartView | null }[]
  rows: Mapping['rows']
  /** Where rows are memberships. */
  audience: {
    id: PartView
    split: PartView
    name: string
    members: string[] | null
    leavers: string[] | null
  } | null
  /** Where rows are events. */
  event: { name: PartView; time: { column_idx: number | null }; app_id: PartView | null } | null
  unknown_users: 'create' | 'skip' | null
  /** Which rows are meant: the words a line each; `null`: all of them. */
  where: { column_idx: number | null; text: string } | null
  /** The template of the files' names as it is written; the mapping has it where something is taken from it. */
  file_name: string
  /** The named parts of that template. */
  file_parts: string[]
  nested_names: 'off' | 'replace' | 'merge'
  columns: DraftColumn[]
  problems: ProblemGroup[]
}

export interface DraftColumn {
  header: string
  role: Role | 'attribute' | 'skipped'
  as: IdentifierKind | AttributeType | null
  /** The attribute's name in Braze; of an event, the property's. */
  attribute: string | null
  format: string | null
  zone: string | null
  separator: string | null
  grade: Grade | null
  because: 'header' | 'usual_header' | 'values' | 'chosen' | 'default'
}

export type IdentifierKind = 'external_id' | 'braze_id' | 'user_alias' | 'email' | 'phone'
export type AttributeType = 'text' | 'number' | 'integer' | 'boolean' | 'date' | 'time' | 'list' | 'json'

/** How rows are written: as lines of cells, or as JSON objects in lines or in an array. */
export type Format = DelimitedFormat | { kind: 'json' }

/** How cells are written. */
export interface DelimitedFormat {
  kind?: undefined
  /** One ASCII character. */
  delimiter: string
  /** How a quote stands inside quotes: doubled, or behind a backslash. */
  escape: 'double' | 'backslash'
  /** Whether the first row names the columns. */
  header: boolean
}

/** A column by its header, by which of several, or by its index from 0. */
export type ColumnRef = string | { header: string; occurrence?: number } | { index: number }

/** Where a text comes from: a column, the same for all rows, or a named part of the file's name. */
export type Source = { column: ColumnRef } | { value: string } | { file_part: string }

/** How an export becomes bodies. */
export interface Mapping {
  version: 1
  rows: 'audience' | 'attributes' | 'events'
  /** How the files are named, such as `audience_{audience_id}_{split_id}.csv`; the name is what `beginFile` is given. */
  file_name?: string
  /** Which rows are meant: those whose cell is one of these words. */
  where?: { column: ColumnRef; in: string[] }
  /** Found out where it is left out. */
  format?: Partial<DelimitedFormat> | { kind: 'json' }
  /** The first filled one is used. A `user_alias` has a label. */
  identifiers: { column: ColumnRef; as: IdentifierKind; label?: Source }[]
  /** What Braze does with users that it does not know; left out, it creates them. */
  unknown_users?: 'create' | 'skip'
  /** With `rows: "audience"`, and only then. */
  audience?: {
    id: Source
    split: Source
    /** Default `AIQ_{audience_id}_{split_id}`. */
    name?: string
    /** Everybody is a member where it is left out. */
    member?: { column: ColumnRef; true: string[]; false: string[] }
    /** What is written for somebody who left: default `false`; `null` removes the attribute. */
    leaver?: false | null
  }
  /** With `rows: "events"`, and only then. The other columns are its properties. */
  event?: {
    name: Source
    /** `format`: a pattern where it is none of the usual forms. `zone`: that of times that name none. */
    time: { column: ColumnRef; format?: string; zone?: string }
    app_id?: Source
  }
  columns?: ColumnRule[]
  other_columns?: 'keep' | 'skip'
  empty?: Empty
  /** Whether dots in names make objects, which replace those of the profile, or are merged with them. Default `off`. */
  nested_names?: 'off' | 'replace' | 'merge'
  /** Most distinct audience attributes, or names of events. Default 50. */
  max_names?: number
}

export type ColumnRule = ({ header: string; occurrence?: number } | { index: number }) & {
  skip?: boolean
  /** The attribute's name; the header's text where it is left out. */
  as?: string
  type?: AttributeType
  /** Of `date` and `time`: a pattern such as `dd/MM/yyyy`. */
  format?: string
  /** Of `time`: the zone of times that name none. */
  zone?: string
  /** Of `list`. Default `;`. */
  separator?: string
  on_bad_value?: 'reject_row' | 'skip_cell'
  empty?: Empty
}

/** What an empty cell says: nothing, remove the attribute, or an empty text. */
export type Empty = 'leave' | 'null' | 'blank'
