/** Work that a function of the stack does in slices, each of which says where the next begins: asked for until none does. */
export async function* slices<P, S extends { readonly next?: P | undefined }>(
  ask: (from: P | undefined) => Promise<S>,
): AsyncGenerator<S> {
  let from: P | undefined
  do {
    const slice = await ask(from)
    yield slice
    from = slice.next
  } while (from !== undefined)
}
