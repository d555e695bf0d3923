// For Node: the module is read from disk, so that importing is all there is to do.
import { readFileSync } from 'node:fs'
import { initSync } from './module.js'

initSync({ module: readFileSync(new URL('./module_bg.wasm', import.meta.url)) })

export * from './aiq-braze.js'
