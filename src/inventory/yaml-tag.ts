import type { Scalar } from 'yaml'
import { InputError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import { Secret } from '../core/secret.ts'
import { isTemplate, Template } from './template.ts'
import type { Reading } from './yaml-reading.ts'
import { typePlainScalar } from './yaml-scalar.ts'

const standardTag = 'tag:yaml.org,2002:'

/** A scalar's value by its tag, its quotes and, when it has neither, its look. */
export function readScalar(node: Scalar, location: Location, reading: Reading): unknown {
  const source = String(node.value ?? '')
  const tag = node.tag ?? ''
  if (tag === '!vault' || tag === '!vault-encrypted') return openVault(source, location, reading)
  const value = typed(node, source, tag, location, reading.json)
  if (reading.options.secret && value !== null && typeof value !== 'boolean') return secretValue(source, location)
  const asText = typeof value !== 'string' || tag === '!unsafe' || reading.unsafe || !isTemplate(value)
  return asText ? value : new Template(value, location)
}

function secretValue(source: string, location: Location): unknown {
  return isTemplate(source) ? new Template(source, location, true) : new Secret(source)
}

function typed(node: Scalar, source: string, tag: string, location: Location, json: boolean): unknown {
  // A lone "!" changes nothing for PyYAML.
  if (tag !== '' && tag !== '!') return typeTagged(tag, source, location)
  if (node.type !== 'PLAIN') return source
  if (json) return JSON.parse(source)
  if (source !== '=') return typePlainScalar(source)
  throw new InputError({
    summary: 'a lone "=" has a meaning of its own in YAML 1.1',
    location,
    hint: 'write "=" in quotes',
  })
}

function typeTagged(tag: string, source: string, location: Location): unknown {
  const type = tag.startsWith(standardTag) ? tag.slice(standardTag.length) : tag
  if (type === 'str' || type === '!unsafe') return source
  if (type === 'null') return null
  const value = typePlainScalar(source)
  if (type === 'float' && typeof value === 'number') return value
  if (type === 'int' && typeof value === 'number' && Number.isInteger(value)) return value
  if (type === 'bool' && typeof value === 'boolean') return value
  if (type === 'timestamp' && /^\d{4}-/.test(source)) return value
  throw unknownTag(tag, location)
}

/** Refuses a tag on a list or a mapping that an inventory cannot hold. */
export function checkCollectionTag(tag: string | undefined, location: Location): void {
  const known: readonly (string | undefined)[] = [undefined, '!unsafe', `${standardTag}map`, `${standardTag}seq`]
  if (!known.includes(tag)) throw unknownTag(String(tag), location)
}

function unknownTag(tag: string, location: Location): InputError {
  return new InputError({
    summary: `the tag "${tag.replace(standardTag, '!!')}" does not fit here, or is none that an inventory can hold`,
    location,
    hint: 'remove it; "!vault" and "!unsafe" are known',
  })
}

function openVault(envelope: string, location: Location, { options }: Reading): Secret {
  if (options.openVault) return options.openVault(envelope, location)
  throw new InputError({
    summary: '"!vault" stands before a text that is not encrypted',
    location,
    hint: 'encrypt it with "playbook vault encrypt", or remove "!vault"',
  })
}
