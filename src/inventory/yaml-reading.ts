import type { Location } from '../core/location.ts'
import type { Secret } from '../core/secret.ts'
import type { Located } from './located.ts'

/** What reading YAML needs to know of the world. */
export interface YamlOptions {
  readonly file: string
  /** Opens an inline `!vault` value. */
  readonly openVault?: ((envelope: string, location: Location) => Secret) | undefined
  /** The text came out of a vault: texts and numbers in it are secret. */
  readonly secret?: boolean | undefined
}

/** What holds for a part of a document that is being read. */
export interface Reading {
  readonly options: YamlOptions
  readonly at: (offset: number) => Location
  /** `open` while the anchored value itself is being read. */
  readonly anchors: Map<string, Located | 'open'>
  readonly json: boolean
  /** Below `!unsafe`: texts are no templates. */
  readonly unsafe: boolean
}
