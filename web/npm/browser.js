// For browsers and bundlers: the module lies beside its glue and is fetched once, while importing.
import init from './module.js'

await init()

export * from './aiq-braze.js'
