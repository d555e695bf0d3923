// The page: shows what the worker finds, and asks it for the next thing. It never reads a file itself,
// so it never blocks; and it writes every text as text, never as markup.
import { wasmBase64, workerSource } from './engine.js'
import { exampleName, exampleText } from './example.js'
import { languages, texts } from './texts.js'

// Everything is here: from now on not even the page's own host may be asked for anything.
const lock = document.createElement('meta')
lock.httpEquiv = 'Content-Security-Policy'
lock.content = "default-src 'none'; script-src 'wasm-unsafe-eval'; worker-src blob:; base-uri 'none'; form-action 'none'"
document.head.append(lock)

const byId = id => document.getElementById(id)

let language = navigator.languages.map(tag => tag.split('-')[0]).find(tag => languages.includes(tag)) ?? 'en'
let t = texts[language]

/**
 * What is shown. `parts`: the controls of the rows while they are being filled. `view`, `inspection`, `done` and
 * `payload` are the worker's own messages; `payload` is there instead of the others.
 */
const state = {
  files: [],
  payload: null,
  inspection: null,
  view: null,
  done: null,
  running: false,
  stopped: false,
  failure: null,
  mappingText: null,
  mappingProblems: [],
  parts: null,
  bodyIdx: 0,
  open: new Set(),
}

// --- The worker ----------------------------------------------------------------------------------

let worker = null
let workerUrl = ''

/** A blob's worker is bound by the page's policy; a worker loaded by its address would not be. */
function startWorker() {
  workerUrl = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }))
  worker = new Worker(workerUrl)
  worker.onmessage = ({ data }) => hear[data.kind](data)
  worker.onerror = event => {
    event.preventDefault()
    hear.broken()
  }
  ask({ do: 'start', wasm: wasmBase64 })
  ask({ do: 'language', language })
}

function ask(message) {
  if (!worker) startWorker()
  worker.postMessage(message)
}

const hear = {
  ready({ zones, conflictUsers }) {
    URL.revokeObjectURL(workerUrl)
    state.conflictUsers = conflictUsers
    byId('zones').replaceChildren(...zones.map(zone => el('option', { value: zone })))
  },

  view({ draft, checking, inspection, opened }) {
    Object.assign(state, { view: draft, parts: null })
    if (checking !== undefined) state.running = checking
    if (opened || !draft.ready) state.done = null
    if (opened) Object.assign(state, { files: opened, bodyIdx: 0, payload: null })
    if (opened) close('payload')
    if (inspection) {
      state.inspection = inspection
      if (usesMore(draft)) state.open.add('more')
      renderExport()
      show('export', 'mapping', 'check')
    }
    renderMapping()
    renderCheck()
    renderDownload()
    renderSteps()
  },

  mapping({ problems }) {
    state.mappingProblems = problems
    if (problems.length === 0) state.mappingText = null
    renderMapping()
  },

  progress({ bytes, all, rows, seconds }) {
    if (!state.running) return
    byId('progress').hidden = false
    byId('progress-bar').value = all ? bytes / all : 1
    const words = [t.bytes_of(size(bytes), size(all))]
    if (seconds > 0 && rows !== undefined) words.push(t.rate(number(Math.round(rows / seconds))))
    if (seconds > 1 && bytes > 0) words.push(t.time_left(number(Math.ceil((seconds * (all - bytes)) / bytes))))
    byId('progress-words').textContent = words.join(' · ')
  },

  done(message) {
    Object.assign(state, { done: message, running: false, stopped: false })
    state.bodyIdx = Math.min(state.bodyIdx, Math.max(message.first.length - 1, 0))
    renderCheck()
    renderDownload()
    renderSteps()
    byId('news').textContent = t.summary(message.summary, number)
  },

  /** It comes twice: without a report, and with it. */
  payload(message) {
    const wasShown = state.payload !== null
    Object.assign(state, { payload: message, running: message.report === null, stopped: false, files: [], inspection: null, view: null, done: null })
    close('export', 'mapping', 'check', 'download')
    show('payload')
    renderPayload()
    renderSteps()
    if (message.report) byId('news').textContent = t.payload_summary(message.report, number)
    if (!wasShown) byId('payload').scrollIntoView({ block: 'nearest' })
  },

  failed({ name, message, during }) {
    let words = message
    if (during === 'start') words = t.no_wasm
    else if (name === 'Refusal') words = t.refusals[message]
    else if (name === 'NotReadableError' || name === 'NotFoundError') words = t.not_readable
    fail(words, during === 'open' || during === 'start')
  },

  /** Nothing in the worker is to be trusted any more. The next file gets a new one. */
  broken() {
    worker?.terminate()
    worker = null
    fail(t.broken, true)
  },
}

function fail(words, closes) {
  const start = Object.keys(t.reasons).find(beginning => words.startsWith(beginning))
  state.failure = start ? t.reasons[start] : sentence(words)
  state.running = false
  if (closes) {
    Object.assign(state, { files: [], inspection: null, view: null, done: null, payload: null })
    close('export', 'mapping', 'check', 'download', 'payload')
  }
  renderNotice()
  renderCheck()
  renderPayload()
  renderSteps()
}

/** `isPayload`: whatever it looks like, it is meant as a request body. */
function openFiles(list, { isPayload = false } = {}) {
  const files = [...list].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  if (files.length === 0) return
  Object.assign(state, { failure: null, mappingText: null, mappingProblems: [], stopped: false })
  state.open.clear()
  renderNotice()
  ask({ do: 'open', files, isPayload })
}

/** An edit makes what was found out of date: it stays to be seen, and is replaced when the run is done. */
function edit(change) {
  state.stopped = false
  state.failure = null
  state.done = state.done && { ...state.done, old: true }
  renderNotice()
  ask({ do: 'edit', edit: change })
}

// --- Elements ------------------------------------------------------------------------------------

/** An element of a tag, with properties, and with texts or elements in it. Never markup. */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue
    if (name in element && name !== 'spellcheck' && name !== 'list') element[name] = value
    else element.setAttribute(name, value)
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false))
  return element
}

/**
 * Puts new content into a part of the page. What is the same stays the same element: a control keeps its
 * focus, and is not taken away under a click that is on its way.
 */
function fill(id, ...children) {
  const part = byId(id)
  const hadFocus = part.contains(document.activeElement)
  fit(part, children.flat(Infinity).filter(Boolean))
  if (hadFocus && !part.contains(document.activeElement)) {
    part.closest('section').querySelector('h2').focus({ preventScroll: true })
  }
}

/** Gives an element these children, and keeps those that only have to change. */
function fit(element, children) {
  const old = [...element.childNodes]
  children.forEach((child, n) => {
    const fresh = typeof child === 'string' ? document.createTextNode(child) : child
    if (!old[n]) element.append(fresh)
    else if (!become(old[n], fresh)) old[n].replaceWith(fresh)
  })
  for (const rest of old.slice(children.length)) rest.remove()
}

const HANDLERS = ['onclick', 'onchange', 'oninput', 'ontoggle']

/** Turns a node into another of its kind, if it is of its kind. */
function become(old, fresh) {
  if (old.nodeName !== fresh.nodeName || old.id !== fresh.id) return false
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data
    return true
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name)
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  for (const handler of HANDLERS) old[handler] = fresh[handler]
  fit(old, [...fresh.childNodes])
  // What somebody is typing is newer than what is known here.
  if ('value' in old && old !== document.activeElement) old.value = fresh.value
  if (old instanceof HTMLSelectElement) old.value = fresh.value
  return true
}

function select(id, label, options, value, onchange, more = {}) {
  const element = el('select', { id, 'aria-label': label, onchange: ({ target }) => onchange(target.value), ...more })
  for (const [key, text] of options) element.append(el('option', { value: key, selected: key === value }, text))
  return element
}

function button(text, onclick, more = {}) {
  return el('button', { type: 'button', onclick, ...more }, text)
}

function show(...ids) {
  for (const id of ids) byId(id).hidden = false
}

/** Nothing of what was shown stays behind. */
function close(...ids) {
  for (const id of ids) {
    byId(id).hidden = true
    byId(`${id}-body`).replaceChildren()
  }
}

function number(value) {
  return new Intl.NumberFormat(language).format(value)
}

function size(bytes) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
  let unit = 0
  let value = bytes
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  const maximumFractionDigits = unit === 0 || value >= 100 ? 0 : 1
  return new Intl.NumberFormat(language, { style: 'unit', unit: units[unit], unitDisplay: unit === 0 ? 'long' : 'short', maximumFractionDigits }).format(value)
}

function sentence(text) {
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1)
}

/** A value in words with a quotation mark of its own, where its borders would be lost otherwise. */
function quoted(text) {
  return `“${text}”`
}

function words(list) {
  return new Intl.ListFormat(language, { type: 'disjunction' }).format(list)
}

// --- 1 Export ------------------------------------------------------------------------------------

function renderExport() {
  const { inspection, files } = state
  const { kind, delimiter, escape } = inspection.format
  const more = files.length > 1 ? ` ${t.more_files(files.length - 1)}` : ''
  const total = files.reduce((sum, file) => sum + file.size, 0)
  const head = el('tr', {}, inspection.columns.map(header => el('th', { scope: 'col' }, header)))
  const cell = text => (text === '' ? el('td', { className: 'empty' }, t.empty_cell) : el('td', {}, text))
  const rows = inspection.rows.map(row => el('tr', {}, row.map(cell)))
  const table = el('table', { className: 'sample' }, el('thead', {}, head), el('tbody', {}, rows))
  fill(
    'export-body',
    el('p', { className: 'file' }, el('b', {}, files[0].name), ` ${more}`),
    el(
      'ul',
      { className: 'facts' },
      el('li', {}, size(total)),
      el('li', {}, `${number(inspection.columns.length)} ${t.column_count(inspection.columns.length)}`),
      el('li', {}, kind === 'json' ? t.format_json : t.format(t.delimiters[delimiter] ?? quoted(delimiter), t.escapes[escape])),
      readAs(files),
    ),
    el('p', { className: 'caption', id: 'sample-caption' }, rows.length ? t.first_rows(rows.length) : t.no_rows),
    el('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-labelledby': 'sample-caption' }, table),
  )
}

/** What was done to the files before they were read, where it is not the usual. */
function readAs(files) {
  const encodings = new Set(files.map(({ encoding }) => encoding))
  encodings.delete('utf-8')
  return [
    files.some(({ isGzip }) => isGzip) ? el('li', {}, t.unpacked) : null,
    [...encodings].map(encoding => el('li', {}, t.read_as(t.encodings[encoding]))),
  ]
}

// --- 2 Mapping -----------------------------------------------------------------------------------

function renderMapping() {
  const { view, inspection } = state
  if (!view) return
  fill('mapping-body', identityForm(view, inspection), columnsTable(view), mappingText(view))
}

const IDENTIFIERS = ['external_id', 'braze_id', 'user_alias', 'email', 'phone']
const TYPES = ['text', 'number', 'integer', 'boolean', 'date', 'time', 'list', 'json', 'skip']

function field(label, hint, ...controls) {
  return el('div', { className: 'field' }, el('span', { className: 'label' }, label), el('span', { className: 'controls' }, ...controls), el('span', { className: 'hint' }, hint))
}

function input(id, label, value, onchange, more = {}) {
  return el('input', { id, type: 'text', value, autocomplete: 'off', spellcheck: 'false', 'aria-label': label, onchange: ({ target }) => onchange(target.value), ...more })
}

function identityForm(view, inspection) {
  const columns = inspection.columns.map((header, column_idx) => [`${column_idx}`, header])
  const rows = rowsOf(view)
  return el(
    'div',
    { className: 'fields' },
    identifierField(view, columns),
    view.identifiers.slice(1).map((identifier, n) => furtherIdentifier(identifier, n + 1)),
    field(t.rows, rows.rows === 'attributes' ? t.no_audience_hint : '', select('rows', t.rows, Object.entries(t.rows_are), rows.rows, setRows)),
    rows.rows === 'audience' && [
      field(t.audience, view.audience && !state.parts ? t.audience_hint(view.audience.name) : t.needs_both, ...partControls('id', t.audience, columns)),
      field(t.split, '', ...partControls('split', t.split, columns)),
    ],
    rows.rows === 'events' && eventFields(view, columns, rows),
    unknownUsersField(view),
    moreFields(view, columns),
  )
}

function identifierField(view, columns) {
  const identifier = view.identifier ?? { column_idx: null, as: 'external_id' }
  const chosen = identifier.column_idx === null ? '' : `${identifier.column_idx}`
  const choose = chosen === '' ? [['', t.choose_column]] : []
  const set = change => {
    const { column_idx, as } = { ...identifier, ...change }
    if (column_idx !== null) edit({ edit: 'identifier', column_idx, as })
  }
  const controls = [
    select('identifier-column', t.identifier, [...choose, ...columns], chosen, value => set({ column_idx: Number(value) })),
    el('span', { className: 'between' }, t.identifier_as),
    select('identifier-kind', t.identifier_as, IDENTIFIERS.map(kind => [kind, kind]), identifier.as, as => set({ as })),
  ]
  if (identifier.as === 'user_alias') {
    const label = view.identifiers[0]?.label
    const value = label?.value ?? ''
    const more = { placeholder: label && label.value === null ? sourceWords(label) : '' }
    controls.push(el('span', { className: 'between' }, t.alias_label))
    controls.push(input('alias-label', t.alias_label, value, value => edit({ edit: 'alias_label', label: { value } }), more))
  }
  return field(t.identifier, chosen === '' ? el('strong', { className: 'needed' }, t.needs_identifier) : t.identifier_hint, ...controls)
}

/** What is used where the identifiers before it are empty. */
function furtherIdentifier({ column_idx, as, label }, idx) {
  const header = column_idx === null ? '?' : state.inspection.columns[column_idx]
  return field(
    '',
    '',
    el('span', { className: 'between' }, t.identifier_else),
    el('code', {}, header),
    el('span', { className: 'between' }, t.identifier_as),
    el('code', {}, as),
    label && [el('span', { className: 'between' }, t.alias_label), el('code', {}, sourceWords(label))],
    button(t.remove, () => edit({ edit: 'no_identifier', idx }), { id: `remove-${idx}`, 'aria-label': `${t.remove} ${header}` }),
  )
}

function sourceWords({ column_idx, value, file_part }) {
  if (value !== null) return value
  return file_part === null ? (state.inspection.columns[column_idx] ?? '?') : t.file_part(file_part)
}

/** What the controls of the rows say: what the mapping has, until they are being filled. */
function rowsOf(view) {
  if (state.parts) return state.parts
  const { audience, event } = view
  return { rows: view.rows, id: choiceOf(audience?.id), split: choiceOf(audience?.split), name: choiceOf(event?.name), time: `${event?.time.column_idx ?? ''}` }
}

/** What the controls of a part say, and the part that they mean. */
function choiceOf(part) {
  if (!part) return { choice: '', value: '' }
  if (part.value !== null) return { choice: 'value', value: part.value }
  return { choice: part.file_part === null ? `${part.column_idx ?? ''}` : `file:${part.file_part}`, value: '' }
}

function partOf({ choice, value }) {
  if (choice === 'value') return { value: value.trim() }
  return choice.startsWith('file:') ? { file_part: choice.slice('file:'.length) } : { column_idx: Number(choice) }
}

/** All that a part may come from. */
function partChoices(columns) {
  return [...columns, ...state.view.file_parts.map(name => [`file:${name}`, t.file_part(name)]), ['value', t.fixed_value]]
}

function setRows(rows) {
  state.parts = { ...rowsOf(state.view), rows }
  useRows()
}

/** Makes the edit once the controls say something that can be meant: of a name or an id both parts. */
function useRows() {
  const { rows, id, split, name, time } = state.parts
  const complete = ({ choice, value }) => choice !== '' && (choice !== 'value' || value.trim() !== '')
  if (rows === 'attributes') edit({ edit: 'no_audience' })
  else if (rows === 'audience' && complete(id) && complete(split)) edit({ edit: 'audience', id: partOf(id), split: partOf(split) })
  else if (rows === 'events' && complete(name) && time !== '') edit({ edit: 'events', name: partOf(name), time: { column_idx: Number(time) } })
  else {
    state.done = state.done && { ...state.done, old: true }
    renderMapping()
    renderCheck()
    renderDownload()
  }
}

function partControls(key, label, columns) {
  const part = rowsOf(state.view)[key]
  const set = change => {
    const rows = rowsOf(state.view)
    state.parts = { ...rows, [key]: { ...rows[key], ...change } }
    useRows()
    if (change.choice === 'value') byId(`part-${key}-value`)?.focus()
  }
  const choose = part.choice === '' ? [['', t.choose_column]] : []
  const controls = [select(`part-${key}`, label, [...choose, ...partChoices(columns)], part.choice, choice => set({ choice }))]
  if (part.choice === 'value') controls.push(input(`part-${key}-value`, t.fixed_label(label), part.value, value => set({ value })))
  return controls
}

function eventFields(view, columns, { time }) {
  const setTime = time => {
    state.parts = { ...rowsOf(state.view), time }
    useRows()
  }
  const choose = time === '' ? [['', t.choose_column]] : []
  const isFilled = view.event && !state.parts
  const column_idx = isFilled ? view.event.time.column_idx : null
  return [
    field(t.event_name, '', ...partControls('name', t.event_name, columns)),
    field(t.event_time, isFilled ? t.events_hint : t.needs_event, select('event-time', t.event_time, [...choose, ...columns], time, setTime)),
    column_idx !== null && field('', t.time_hint, formatControls(column_idx, view.columns[column_idx]), zoneControls(column_idx, view.columns[column_idx])),
  ]
}

function unknownUsersField({ unknown_users }) {
  const set = as => edit({ edit: 'unknown_users', as: as === 'unset' ? null : as })
  return field(t.unknown_users, t.unknown_hint, select('unknown-users', t.unknown_users, Object.entries(t.unknown_are), unknown_users ?? 'unset', set))
}

/** What a mapping seldom needs, folded until it is used. */
function moreFields(view, columns) {
  return el(
    'details',
    { className: 'more', open: state.open.has('more'), ontoggle: event => remember('more', event.target) },
    el('summary', {}, t.more_settings),
    el('div', { className: 'fields' }, whereField(view, columns), view.event && appIdField(view, columns), nestedNamesField(view), fileNameField(view)),
  )
}

function usesMore({ where, event, nested_names, file_name }) {
  return where !== null || nested_names !== 'off' || file_name !== '' || Boolean(event?.app_id)
}

/** Which rows are meant. */
function whereField({ where }, columns) {
  const chosen = where ? `${where.column_idx ?? ''}` : 'all'
  const choices = [['all', t.where_all], ...(chosen === '' ? [['', '?']] : []), ...columns]
  // The words of one column mean nothing in another.
  const choose = choice => edit(choice === 'all' ? { edit: 'no_where' } : { edit: 'where', column_idx: Number(choice), text: '' })
  const controls = [select('where-column', t.where_rows, choices, chosen, choose)]
  if (where && where.column_idx !== null) {
    const { column_idx, text } = where
    const set = ({ target }) => edit({ edit: 'where', column_idx, text: target.value })
    controls.push(el('span', { className: 'between' }, t.where_is))
    controls.push(el('textarea', { id: 'where-words', value: text, rows: 2, spellcheck: 'false', autocomplete: 'off', 'aria-label': t.where_words, onchange: set }))
  }
  const hint = where && (where.text === '' ? t.where_nothing : t.where_hint)
  return field(t.where_rows, hint ?? '', ...controls)
}

/** The app in which the events were. */
function appIdField({ event }, columns) {
  const part = choiceOf(event.app_id)
  const set = change => {
    const next = { ...part, ...change }
    edit({ edit: 'app_id', from: next.choice === '' ? null : partOf(next) })
  }
  const controls = [select('app-id', t.app_id, [['', t.app_id_none], ...partChoices(columns)], part.choice, choice => set({ choice }))]
  if (part.choice === 'value') controls.push(input('app-id-value', t.fixed_label(t.app_id), part.value, value => set({ value })))
  return field(t.app_id, t.app_id_hint, ...controls)
}

function nestedNamesField({ nested_names }) {
  const set = as => edit({ edit: 'nested_names', as })
  return field(t.nested_names, t.nested_hint, select('nested-names', t.nested_names, Object.entries(t.nested_are), nested_names, set))
}

function fileNameField({ file_name }) {
  const set = text => edit({ edit: 'file_name', text })
  return field(t.file_name, t.file_name_hint, input('file-name', t.file_name, file_name, set, { placeholder: state.files[0].textName, className: 'wide' }))
}

function formatControls(column_idx, { header, format }) {
  const set = text => edit({ edit: 'format', column_idx, text })
  return [el('span', { className: 'between' }, t.format_of), input(`format-${column_idx}`, t.of_column(t.format_of, header), format ?? '', set, { placeholder: t.format_hint })]
}

function zoneControls(column_idx, { header, zone }) {
  const set = text => edit({ edit: 'zone', column_idx, text })
  return [el('span', { className: 'between' }, t.zone), input(`zone-${column_idx}`, t.of_column(t.zone, header), zone ?? '', set, { placeholder: 'Europe/Madrid', list: 'zones' })]
}

/** How the values of a column are written, where its type leaves that open. */
function writtenControls(column, column_idx) {
  if (column.role !== 'attribute') return []
  switch (column.as) {
    case 'date':
      return formatControls(column_idx, column)
    case 'time':
      return [...formatControls(column_idx, column), ...zoneControls(column_idx, column)]
    case 'list': {
      const set = text => edit({ edit: 'separator', column_idx, text })
      return [el('span', { className: 'between' }, t.separator), input(`separator-${column_idx}`, t.of_column(t.separator, column.header), column.separator ?? '', set, { placeholder: ';' })]
    }
    default:
      return []
  }
}

function columnsTable(view) {
  const header = el('tr', {}, [t.column, t.becomes, t.send_as, t.why].map(text => el('th', { scope: 'col' }, text)))
  const types = TYPES.map(type => [type, t.types[type]])
  const rows = view.columns.map((column, column_idx) => {
    const isPart = column.role in t.parts
    const as = column.role === 'skipped' ? 'skip' : column.as
    const control = isPart
      ? el('span', { className: 'part' }, t.parts[column.role])
      : select(`use-${column_idx}`, t.send_as_label(column.header), types, as, value => edit({ edit: 'column', column_idx, as: value }))
    return el(
      'tr',
      { className: column.role === 'skipped' ? 'skipped' : '' },
      el('th', { scope: 'row' }, el('code', {}, column.header)),
      el('td', { 'data-head': t.becomes }, becomes(column, view)),
      el('td', { 'data-head': t.send_as }, written(control, column, column_idx)),
      el('td', { 'data-head': t.why, className: 'why' }, column.grade ? el('span', { className: `grade ${column.grade}` }, t.grades[column.grade]) : null, ` ${column.because === 'default' && column.as === 'json' ? t.as_it_stands : t.because[column.because]}`),
    )
  })
  return el('table', { className: 'columns' }, el('thead', {}, header), el('tbody', {}, rows))
}

function written(control, column, column_idx) {
  const controls = writtenControls(column, column_idx)
  return el('div', { className: 'use' }, control, controls.length ? el('span', { className: 'written' }, controls) : null)
}

function becomes(column, view) {
  switch (column.role) {
    case 'attribute':
    case 'identifier':
      return el('code', {}, column.attribute ?? column.as)
    case 'event_name':
    case 'event_time':
    case 'app_id':
      return el('code', {}, t.roles[column.role]())
    case 'status':
      return t.roles.status(words(view.audience.members), words(view.audience.leavers))
    default:
      return t.roles[column.role]()
  }
}

function mappingText(view) {
  const text = state.mappingText ?? view.mapping
  const area = el('textarea', {
    id: 'mapping-text',
    value: text,
    rows: Math.min(text.split('\n').length + 1, 24),
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-label': t.mapping_label,
    oninput: ({ target }) => {
      state.mappingText = target.value
      byId('mapping-use').disabled = target.value === view.mapping
    },
  })
  const copy = async () => {
    const area = byId('mapping-text')
    await navigator.clipboard.writeText(area.value).then(
      () => { byId('mapping-copy').textContent = t.copied },
      () => area.select(), // where it is not allowed, one key is left to press
    )
  }
  const take = () => {
    state.done = state.done && { ...state.done, old: true }
    ask({ do: 'mapping', text: byId('mapping-text').value })
  }
  const problems = state.mappingProblems.flatMap(group => group.first.map(example => el('li', {}, sentence(example.message))))
  return el(
    'details',
    { className: 'json', open: state.open.has('mapping'), ontoggle: event => remember('mapping', event.target) },
    el('summary', {}, t.mapping_json),
    el('p', { className: 'hint' }, t.mapping_hint),
    area,
    problems.length ? el('ul', { className: 'mapping-problems', role: 'alert' }, problems) : null,
    el('p', { className: 'buttons' }, button(t.copy, copy, { id: 'mapping-copy' }), button(t.use_mapping, take, { id: 'mapping-use', disabled: text === view.mapping })),
  )
}

/** What somebody opened stays open. */
function remember(key, details) {
  if (details.open) state.open.add(key)
  else state.open.delete(key)
}

// --- 3 Check -------------------------------------------------------------------------------------

function renderCheck() {
  const { view, done, running, stopped } = state
  if (!view) return
  renderProgress('check')
  if (stopped) {
    fill('check-body', stoppedWords())
    return
  }
  if (!view.ready) {
    const groups = view.problems.map(group => problemCard(group, { kind: t.stops }))
    fill('check-body', view.identifier ? null : el('p', {}, el('strong', { className: 'needed' }, t.needs_identifier)), groups)
    return
  }
  if (!done) {
    fill('check-body')
    return
  }
  const { summary, groups } = done
  const body = el(
    'div',
    { className: done.old || running ? 'old' : '' },
    tiles(summary),
    el('p', { className: 'summary', id: 'summary' }, t.summary(summary, number)),
    groups.length ? el('h3', {}, t.problems) : el('p', { className: 'good' }, t.all_good),
    // What one click mends comes first.
    [...groups].sort((a, b) => (b.fix !== null) - (a.fix !== null)).map(group => problemCard(group)),
    hints(summary, groups),
    summary.audiences.length ? audiencesTable(summary.audiences) : null,
    summary.events.length ? eventsTable(summary.events) : null,
  )
  fill('check-body', body)
}

/** What is true of the run as a whole. */
function hints({ objects, later_columns }, groups) {
  const lookedBack = objects > state.conflictUsers && !groups.some(({ code }) => code === CONFLICTS)
  return [
    lookedBack ? el('p', { className: 'hint' }, t.looked_back(number(state.conflictUsers))) : null,
    later_columns.length ? el('p', { className: 'hint' }, `${t.later_columns} `, later_columns.flatMap((name, n) => [n ? ', ' : '', el('code', {}, name)])) : null,
  ]
}

/** It shows itself with the first news: most runs are over before there is any. */
function renderProgress(section) {
  const progress = byId('progress')
  if (progress.parentElement.id !== section) byId(section).querySelector('h2').after(progress)
  if (!state.running) progress.hidden = true
  byId(section).setAttribute('aria-busy', `${state.running}`)
}

function stoppedWords() {
  return [el('p', {}, t.stopped), el('p', { className: 'buttons' }, button(t.again, again, { id: 'again' }))]
}

function again() {
  state.stopped = false
  state.running = true
  renderCheck()
  renderPayload()
  ask({ do: 'check' })
}

function tiles({ rows, objects, requests, rejected, events }) {
  const tile = (value, label, className = '') => el('div', { className }, el('dd', {}, number(value)), el('dt', {}, label(value)))
  return el('dl', { className: 'tiles' }, tile(rows, t.rows_read), tile(objects, events.length ? t.event_count : t.objects), tile(requests, t.requests), tile(rejected, t.rejected, rejected ? 'bad' : ''))
}

/** What users with two values of an attribute are told by. */
const CONFLICTS = 'AIQ3080'

/** `kind`: what an error is, where it is not a rejected row. `where`: how often, and `more`: that more places are known of. */
function problemCard(group, { kind: error = t.severity.error, where = groupWhere(group), more = t.more_places } = {}) {
  const key = `${group.code} ${group.column_idx}`
  const kind = group.severity === 'error' ? error : t.severity[group.severity]
  const examples = group.first.map(example =>
    el(
      'li',
      {},
      el('b', {}, sentence(example.place)),
      ': ',
      example.found === null ? null : [`${t.found} `, el('code', {}, example.found), ', '],
      `${t.expected} `,
      group.fix ? el('code', {}, example.expected) : example.expected,
    ),
  )
  const rest = group.count - group.first.length
  const fixes = []
  if (group.fix?.grade === 'certain') {
    const apply = () => edit({ edit: 'fix', code: group.code, column_idx: group.column_idx })
    fixes.push(button(t.apply(group.first[0].expected), apply, { className: 'primary small', id: `fix-${group.code}-${group.column_idx}` }))
  }
  const body = el(
    'div',
    { className: 'problem-body' },
    el('ul', { className: 'places' }, examples, rest > 0 ? el('li', { className: 'hint' }, more(number(rest))) : null),
    el('p', {}, el('b', {}, t.to_do), ' ', group.todo),
    el('p', { className: 'hint' }, el('b', {}, t.why_matters), ' ', group.why),
    group.code === CONFLICTS ? el('p', { className: 'hint' }, t.looked_back(number(state.conflictUsers))) : null,
    remedies(group),
  )
  const heading = [
    el('span', { className: `severity ${group.severity}` }, kind),
    el('span', { className: 'problem-title' }, sentence(group.title), group.column === null ? null : [' · ', `${t.in_column} `, el('code', {}, group.column)]),
    el('span', { className: 'count' }, where),
    el('span', { className: 'code' }, group.code),
  ]
  const details = el('details', { open: state.open.has(key), ontoggle: event => remember(key, event.target) }, el('summary', {}, heading), body)
  return el('article', { className: `problem ${group.severity}`, 'data-code': group.code }, details, fixes.length ? el('p', { className: 'fixes' }, fixes) : null)
}

function groupWhere({ first, count, column }) {
  if (first[0]?.row !== null) return t.group_rows(count, number(count))
  return column === null ? t.group_mapping : t.group_header
}

/** Numbers, true or false, times, dates, whole numbers and JSON that are none. */
const CELL_CODES = ['AIQ3003', 'AIQ3004', 'AIQ3030', 'AIQ3031', 'AIQ3032', 'AIQ3033', 'AIQ3035', 'AIQ3044', 'AIQ3046']

/** What a person may decide about cells of another type than their column. */
function remedies(group) {
  if (!CELL_CODES.includes(group.code) || state.view?.columns[group.column_idx]?.role !== 'attribute') return null
  const { column_idx } = group
  return el(
    'p',
    { className: 'buttons' },
    button(t.remedy_skip, () => edit({ edit: 'skip_bad_cells', column_idx })),
    button(t.remedy_text, () => edit({ edit: 'column', column_idx, as: 'text' })),
  )
}

function audiencesTable(audiences) {
  const head = el('tr', {}, [t.attribute, t.members, t.leavers].map(text => el('th', { scope: 'col' }, text)))
  const rows = audiences.map(({ name, members, leavers }) => el('tr', {}, el('th', { scope: 'row' }, el('code', {}, name)), el('td', {}, number(members)), el('td', {}, number(leavers))))
  return el('section', { className: 'audiences' }, el('h3', {}, t.audiences), el('table', { className: 'figures' }, el('thead', {}, head), el('tbody', {}, rows)))
}

function eventsTable(events) {
  const head = el('tr', {}, [t.event, t.count].map(text => el('th', { scope: 'col' }, text)))
  const rows = events.map(({ name, count }) => el('tr', {}, el('th', { scope: 'row' }, el('code', {}, name)), el('td', {}, number(count))))
  return el('section', { className: 'audiences' }, el('h3', {}, t.events), el('table', { className: 'figures' }, el('thead', {}, head), el('tbody', {}, rows)))
}

// --- 4 Download ----------------------------------------------------------------------------------

let urls = []

function renderDownload() {
  const { done, view, files, running } = state
  byId('download').hidden = !done || state.stopped
  if (!done) return
  for (const url of urls) URL.revokeObjectURL(url)
  urls = []
  const base = files[0].textName.replace(/\.[^.]*$/, '')
  const rejectsType = state.inspection.format.kind === 'json' ? 'jsonl' : 'csv'
  const { summary, first, bodies, rejects } = done
  const mapping = new Blob([view.mapping, '\n'], { type: 'application/json' })
  const link = (blob, name, title, hint, id) => {
    const href = URL.createObjectURL(blob)
    urls.push(href)
    return el('a', { className: 'file-link', href, download: name, id }, el('b', {}, title), el('span', {}, hint))
  }
  fill(
    'download-body',
    el(
      'div',
      { className: done.old || running ? 'old' : '' },
      el(
        'div',
        { className: 'file-links' },
        summary.requests ? link(bodies, `${base}.bodies.jsonl`, t.bodies, t.bodies_hint(size(bodies.size)), 'download-bodies') : null,
        rejects.size ? link(rejects, `${base}.rejects.${rejectsType}`, t.rejects, t.rejects_hint(size(rejects.size)), 'download-rejects') : null,
        link(mapping, `${base}.mapping.json`, t.mapping_file, t.mapping_file_hint, 'download-mapping'),
      ),
      el('h3', {}, t.first_bodies),
      first.length ? preview(first, summary.requests) : el('p', {}, t.no_bodies),
      summary.events.length ? [el('h3', {}, t.afterwards), el('p', {}, t.afterwards_events(summary.events[0].name))] : null,
      summary.audiences.length ? [el('h3', {}, t.afterwards), el('p', {}, t.afterwards_words(summary.audiences[0].name))] : null,
      el('p', { className: 'hint' }, t.cannot_send),
    ),
  )
}

function preview(first, total) {
  const at = state.bodyIdx
  const go = by => {
    state.bodyIdx += by
    renderDownload()
  }
  return [
    el(
      'p',
      { className: 'pager' },
      el('span', { id: 'body-number' }, t.body_number(number(at + 1), number(total))),
      button(t.previous, () => go(-1), { id: 'body-previous', disabled: at === 0 }),
      button(t.next, () => go(1), { id: 'body-next', disabled: at >= first.length - 1 }),
    ),
    el('pre', { id: 'body', tabIndex: 0, role: 'region', 'aria-labelledby': 'body-number' }, pretty(first[at])),
  ]
}

/** JSON text, indented token by token: parsing and printing it would change numbers such as 1.10. */
function pretty(json) {
  const out = []
  let indent = 0
  const line = () => `\n${'  '.repeat(indent)}`
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:]+/g
  for (let match; (match = token.exec(json)) !== null; ) {
    const [text] = match
    if (text === '{' || text === '[') {
      const isEmpty = json[token.lastIndex] === (text === '{' ? '}' : ']')
      indent += 1
      out.push(isEmpty ? text : text + line())
    } else if (text === '}' || text === ']') {
      indent -= 1
      out.push('{['.includes(json[match.index - 1]) ? text : line() + text)
    } else if (text === ',') out.push(text + line())
    else if (text === ':') out.push(': ')
    else if (text.startsWith('"') && json[token.lastIndex] === ':') out.push(el('span', { className: 'key' }, text))
    else out.push(text)
  }
  return out
}

// --- A request body instead of an export ---------------------------------------------------------

function renderPayload() {
  const { payload, stopped } = state
  if (!payload) return
  renderProgress('payload')
  if (stopped) {
    fill('payload-body', stoppedWords())
    return
  }
  const { opened, report } = payload
  if (!report) {
    fill('payload-body')
    return
  }
  const { groups, bodies } = report
  const card = group => problemCard(group, { kind: t.error, where: t.group_places(group.count, number(group.count)), more: t.more })
  fill(
    'payload-body',
    el('p', { className: 'file' }, el('b', {}, opened.name || t.pasted)),
    el('ul', { className: 'facts' }, el('li', {}, size(opened.size)), bodies > 1 ? el('li', {}, t.bodies_in_lines(number(bodies))) : null, readAs([opened])),
    payloadTiles(report),
    el('p', { className: groups.length ? 'summary' : 'good', id: 'payload-summary' }, t.payload_summary(report, number)),
    groups.length ? [el('h3', {}, t.problems), groups.map(card)] : null,
    el('p', { className: 'hint' }, t.payload_limits),
  )
}

function payloadTiles({ attributes, events, purchases, errors, warnings }) {
  const tile = (value, label, className = '') => el('div', { className }, el('dd', {}, number(value)), el('dt', {}, label(value)))
  return el(
    'dl',
    { className: 'tiles' },
    tile(attributes, t.payload_attributes),
    tile(events, t.event_count),
    tile(purchases, t.payload_purchases),
    tile(errors, t.errors, errors ? 'bad' : ''),
    tile(warnings, t.warnings),
  )
}

function checkPasted() {
  const text = byId('payload-text').value
  if (text.trim() === '') byId('payload-text').focus()
  else openFiles([new File([text], '')], { isPayload: true })
}

// --- The frame -----------------------------------------------------------------------------------

function renderNotice() {
  const notice = byId('notice')
  notice.hidden = state.failure === null
  notice.replaceChildren(...(state.failure === null ? [] : [el('b', {}, t.failed), el('p', {}, state.failure)]))
}

function renderSteps() {
  const { view, done, payload } = state
  const reached = { export: !!view, mapping: !!view, check: !!view, download: !!done && !state.stopped }
  for (const item of document.querySelectorAll('#steps li')) {
    const step = item.dataset.step
    const anchor = item.firstElementChild
    if (reached[step]) anchor.href = `#${step}`
    else anchor.removeAttribute('href')
  }
  document.body.classList.toggle('has-file', !!view || !!payload)
  byId('steps').hidden = !!payload
  byId('paste').hidden = !!view
  byId('drop').querySelector('.drop-words').textContent = view || payload ? t.drop_again : t.drop
}

function renderTexts() {
  document.documentElement.lang = language
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = t[element.dataset.text]
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', t[element.dataset.label])
  for (const element of document.querySelectorAll('[data-language]')) {
    element.setAttribute('aria-pressed', `${element.dataset.language === language}`)
  }
  renderNotice()
  renderSteps()
}

for (const element of document.querySelectorAll('[data-language]')) {
  element.addEventListener('click', () => {
    language = element.dataset.language
    t = texts[language]
    state.failure = null
    renderTexts()
    if (state.inspection) renderExport()
    ask({ do: 'language', language })
  })
}

byId('open').addEventListener('click', () => byId('file').click())
byId('file').addEventListener('change', event => {
  openFiles(event.target.files)
  event.target.value = '' // so that the same file can be opened again
})
byId('example').addEventListener('click', () => openFiles([new File([exampleText], exampleName)]))
byId('stop').addEventListener('click', () => {
  ask({ do: 'stop' })
  Object.assign(state, { running: false, stopped: true, done: null })
  renderCheck()
  renderPayload()
  renderDownload()
  renderSteps()
})

byId('payload-check').addEventListener('click', checkPasted)
byId('payload-text').addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) checkPasted()
})

const isFile = event => event.dataTransfer?.types.includes('Files')
let depth = 0
const over = shown => {
  byId('over').hidden = !shown
}
addEventListener('dragenter', event => {
  if (!isFile(event)) return
  event.preventDefault()
  depth += 1
  over(true)
})
addEventListener('dragover', event => {
  if (!isFile(event)) return
  event.preventDefault()
  event.dataTransfer.dropEffect = 'copy'
})
addEventListener('dragleave', event => {
  if (!isFile(event)) return
  depth = Math.max(0, depth - 1)
  over(depth > 0)
})
addEventListener('drop', event => {
  depth = 0
  over(false)
  if (!isFile(event)) return
  event.preventDefault()
  openFiles(event.dataTransfer.files)
})

renderTexts()
startWorker()
