import { z } from 'zod'

/** One argument of a module, for people. */
export interface ArgumentText {
  readonly name: string
  readonly type: string
  /** `required`, or the default, or nothing. */
  readonly need: string
  readonly description: string
}

type Json = z.core.JSONSchema.BaseSchema

/** The arguments that a schema describes, the required ones first. */
export function describeArguments(schema: z.ZodType): ArgumentText[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: nameCustomTypes })
  const required = json.required ?? []
  const texts = Object.entries(json.properties ?? {}).map(([name, property]): ArgumentText => {
    const { description = '', default: value } = property as Json
    const need = required.includes(name) ? 'required' : value === undefined ? '' : `default ${JSON.stringify(value)}`
    return { name, type: typeText(property as Json), need, description }
  })
  const isRequired = ({ need }: ArgumentText) => need === 'required'
  return [...texts.filter(isRequired), ...texts.filter((text) => !isRequired(text))]
}

/** `z.instanceof(Secret)` has no JSON; it is the only class that modules take. */
function nameCustomTypes({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: Json }): void {
  if (zodSchema._zod.def.type === 'custom') jsonSchema.title = 'Secret'
}

/** A type as TypeScript writes it. */
function typeText(json: Json): string {
  if (json.title) return json.title
  if (json.const !== undefined) return literal(json.const)
  if (json.enum) return json.enum.map(literal).join(' | ')
  const choices = json.anyOf ?? json.oneOf
  if (choices) return [...new Set(choices.map((choice) => typeText(choice as Json)))].join(' | ')
  if (json.type === 'array') return arrayText(json.items as Json | undefined)
  if (json.type === 'object') return objectText(json)
  if (json.type === 'integer') return 'whole number'
  return [json.type ?? 'any'].flat().join(' | ')
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}

function arrayText(items: Json | undefined): string {
  const text = items ? typeText(items) : 'any'
  return text.includes(' ') ? `(${text})[]` : `${text}[]`
}

function objectText({ properties, required = [], additionalProperties }: Json): string {
  if (properties)
    return `{ ${Object.entries(properties)
      .map(([name, property]) => `${name}${required.includes(name) ? '' : '?'}: ${typeText(property as Json)}`)
      .join(', ')} }`
  return `{ [name]: ${typeof additionalProperties === 'object' ? typeText(additionalProperties as Json) : 'any'} }`
}
