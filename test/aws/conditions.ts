// MiniStack's IAM refuses whatever depends on conditions that it doesn't know, and it speaks no TLS: those are proved on the
// template instead. One it is told, dynamodb:LeadingKeys, and enforces (ministack-plugin): it stays in.

const UNKNOWN =
  /^(kms:EncryptionContext:|kms:ViaService$|s3:if-none-match$|s3:ObjectCreationOperation$|aws:SecureTransport$|s3:TlsVersion$)/

/** The template without statements' conditions on those keys; a Deny that was nothing but such a condition goes whole. */
export function withoutUnknownConditions(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isEmptied(item)).map(withoutUnknownConditions)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === 'Condition' ? stripped(inner) : withoutUnknownConditions(inner),
    ]),
  )
}

function isEmptied(item: unknown): boolean {
  if (typeof item !== 'object' || item === null || !('Effect' in item) || !('Condition' in item)) return false
  return item.Effect === 'Deny' && Object.keys(stripped(item.Condition)).length === 0
}

function stripped(condition: unknown): Record<string, unknown> {
  if (typeof condition !== 'object' || condition === null) return {}
  return Object.fromEntries(
    Object.entries(condition)
      .map(([operator, tests]): [string, object] => [
        operator,
        Object.fromEntries(Object.entries(tests ?? {}).filter(([key]) => !UNKNOWN.test(key))),
      ])
      .filter(([, tests]) => Object.keys(tests).length > 0),
  )
}
