/** RETRY: a committed object and its upload are never both taken away, whatever failed before. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { reseal } from '../../shared/flow/retry.ts'
import { seal } from '../../shared/flow/seal.ts'
import { verify } from '../../shared/flow/verify.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { makeWorld, smallPicture, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

async function sealedUpload() {
  const arrival = await world.arrive(await smallPicture(1))
  const sealed = await seal(world.ports, arrival)
  if (sealed.outcome !== 'sealed') throw new Error(sealed.outcome)
  return { upload: arrival.ref.key, key: sealed.stored.key }
}

test('of what was committed and could not be erased keeps the object: VERIFY is asked again', async () => {
  const { upload, key } = await sealedUpload()
  const erase = async () => {
    throw new Unavailable('erasing failed')
  }
  await expect(verify({ ...world.ports, objects: { ...world.ports.objects, erase } }, key)).rejects.toThrow(Unavailable)
  expect(await reseal(world.ports, upload, key)).toBeUndefined()
  expect(await world.keysOf('vault', 'o/')).toEqual([key])
  expect(await verify(world.ports, key)).toMatchObject({ outcome: 'committed' })
  expect(await world.keysOf('intake')).toEqual([])
  expect(await world.keysOf('vault', 'o/')).toEqual([key])
})

test('of what never opened takes the attempt away and has the upload sealed anew', async () => {
  const { upload, key } = await sealedUpload()
  expect(await reseal(world.ports, upload, key)).toMatchObject({ bucket: 'intake', key: upload })
  expect(await world.keysOf('vault', 'o/')).toEqual([])
  expect(await world.keysOf('intake')).toEqual([upload])
})

test('without an upload leaves everything where it is', async () => {
  const { upload, key } = await sealedUpload()
  const info = await world.ports.objects.head('intake', upload)
  if (info) await world.ports.objects.erase(info)
  expect(await reseal(world.ports, upload, key)).toBeUndefined()
  expect(await world.keysOf('vault', 'o/')).toEqual([key])
})
