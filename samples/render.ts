/** Renders the two invented samples, an identity card of nobody and a receipt of nowhere: `node samples/render.ts`. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { portrait } from './portrait.ts'

const SANS = 'DejaVu Sans'
const MONO = 'DejaVu Sans Mono'

const label = (x: number, y: number, text: string): string =>
  `<text x="${x}" y="${y}" font-family="${SANS}" font-size="15" fill="#54707c">${text}</text>`
const value = (x: number, y: number, text: string): string =>
  `<text x="${x}" y="${y}" font-family="${SANS}" font-size="25" font-weight="bold" fill="#16222a">${text}</text>`

/** Fine curves like those of printed documents. */
const guilloche = (): string =>
  Array.from({ length: 26 }, (_, i) => {
    const y = 90 + i * 21
    return `<path d="M0 ${y} C260 ${y - 90 + i * 4} 540 ${y + 110 - i * 5} 1000 ${y - 20}" stroke="#5f9aa3" stroke-width="1" fill="none" opacity="0.22"/>`
  }).join('')

const card =
  (): string => `<svg xmlns="http://www.w3.org/2000/svg" width="1160" height="800" viewBox="-80 -85 1160 800">
  <defs>
    <linearGradient id="desk" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#6b5848"/><stop offset="1" stop-color="#3e3128"/></linearGradient>
    <linearGradient id="paper" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#eef5f2"/><stop offset="0.6" stop-color="#d8e8e8"/><stop offset="1" stop-color="#e6e3d2"/></linearGradient>
    <filter id="shadow"><feGaussianBlur stdDeviation="12"/></filter>
    <clipPath id="card"><rect width="1000" height="630" rx="36"/></clipPath>
  </defs>
  <rect x="-80" y="-85" width="1160" height="800" fill="url(#desk)"/>
  <rect x="8" y="14" width="1000" height="630" rx="36" fill="#000" opacity="0.5" filter="url(#shadow)"/>
  <g clip-path="url(#card)">
    <rect width="1000" height="630" fill="url(#paper)"/>${guilloche()}
    <rect width="1000" height="84" fill="#1f5a66"/>
    <text x="40" y="55" font-family="${SANS}" font-size="34" font-weight="bold" fill="#fff">REPUBLIC OF NOWHERE</text>
    <text x="960" y="54" text-anchor="end" font-family="${SANS}" font-size="24" fill="#d7eef2">IDENTITY CARD</text>
    <svg x="40" y="112" width="304" height="380" viewBox="0 0 400 500">${portrait()}</svg>
    <rect x="40" y="112" width="304" height="380" fill="none" stroke="#8fb0b6" stroke-width="2"/>
    ${label(376, 132, 'Surname')}${value(376, 162, 'EXAMPLE')}
    ${label(376, 202, 'Given names')}${value(376, 232, 'ADA IMAGINARY')}
    ${label(376, 272, 'Date of birth')}${value(376, 302, '30 FEB 1990')}${label(700, 272, 'Sex')}${value(700, 302, 'X')}
    ${label(376, 342, 'Place of birth')}${value(376, 372, 'UTOPIA')}${label(700, 342, 'Height')}${value(700, 372, '1.72 m')}
    ${label(376, 412, 'Card number')}${value(376, 442, 'NWH 000 000 000')}
    ${label(376, 478, 'Expires')}<text x="450" y="479" font-family="${SANS}" font-size="19" font-weight="bold" fill="#16222a">31 NOV 2031</text>
    <text x="958" y="330" text-anchor="end" font-family="${SANS}" font-size="17" fill="#8aa4a8" letter-spacing="3">SPECIMEN</text>
    <rect x="0" y="512" width="1000" height="118" fill="#fff" opacity="0.6"/>
    <text x="40" y="557" font-family="${MONO}" font-size="34" fill="#111">IDNWHEXAMPLE&lt;&lt;ADA&lt;IMAGINARY&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;</text>
    <text x="40" y="602" font-family="${MONO}" font-size="34" fill="#111">NWH0000000009002300X3111310NWH&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;0</text>
  </g>
</svg>`

const ITEMS: readonly (readonly [string, string])[] = [
  ['2 x Moonlight roast, 250 g', '17.80'],
  ['1 x Oat biscuits', '3.25'],
  ['3 x Blood orange', '2.70'],
  ['1 x Film, 36 exposures', '11.90'],
  ['1 x Developer, 500 ml', '9.40'],
  ['2 x Paper clips', '1.60'],
  ['1 x Red light bulb', '6.35'],
]

const receipt = (): string => {
  const line = (y: number, left: string, right: string, bold = false): string =>
    `<text x="60" y="${y}">${left}</text><text x="540" y="${y}" text-anchor="end"${bold ? ' font-weight="bold"' : ''}>${right}</text>`
  const items = ITEMS.map(([name, price], i) => line(330 + i * 38, name, price)).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="840" height="1120" viewBox="0 0 840 1120">
  <defs>
    <linearGradient id="table" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#8a6a4c"/><stop offset="1" stop-color="#5d4530"/></linearGradient>
    <linearGradient id="paper" x1="0" y1="0" x2="1" y2="0.4"><stop offset="0" stop-color="#fbfaf6"/><stop offset="1" stop-color="#e3e0d8"/></linearGradient>
    <filter id="shadow"><feGaussianBlur stdDeviation="14"/></filter>
  </defs>
  <rect width="840" height="1120" fill="url(#table)"/>
  ${Array.from({ length: 14 }, (_, i) => `<path d="M0 ${i * 84 + 20} C280 ${i * 84 - 20} 560 ${i * 84 + 70} 840 ${i * 84 + 10}" stroke="#3f2d1d" stroke-width="${2 + (i % 3)}" opacity="0.25" fill="none"/>`).join('')}
  <g transform="translate(112 40) rotate(-1.6 300 500)">
    <rect x="12" y="18" width="600" height="1010" fill="#000" opacity="0.45" filter="url(#shadow)"/>
    <rect width="600" height="1010" fill="url(#paper)"/>
    <g font-family="${MONO}" font-size="23" fill="#26241f">
      <g text-anchor="middle">
        <text x="300" y="80" font-size="34" font-weight="bold">THE DARKROOM SHOP</text>
        <text x="300" y="122">1 Nowhere Lane, Utopia</text>
        <text x="300" y="156">Receipt no. 000042</text>
        <text x="300" y="190">30 Feb 2026   25:61</text>
      </g>
      <path d="M60 224 H540 M60 282 H540 M60 610 H540 M60 716 H540" stroke="#26241f" stroke-width="2" stroke-dasharray="8 6"/>
      ${line(262, 'Item', 'Amount')}${items}
      ${line(656, 'Subtotal', '53.00')}${line(692, 'Tax 0 %', '0.00')}
      <g font-size="32" font-weight="bold">${line(768, 'TOTAL', '53.00', true)}</g>
      ${line(826, 'Card **** **** **** 0000', '53.00')}${line(862, 'Approval', 'ABC123')}
      <g text-anchor="middle"><text x="300" y="930">Thank you, come again</text><text x="300" y="966" font-size="19">This shop doesn't exist.</text></g>
    </g>
  </g>
</svg>`
}

/** A photograph's grain, from a fixed seed so that the same script gives the same picture. */
function grain(width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height * 3)
  let state = 0x5afe1197
  for (let i = 0; i < out.length; i += 3) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    out.fill(128 + ((state >>> 28) - 8), i, i + 3)
  }
  return out
}

async function photograph(svg: string, file: string): Promise<void> {
  const drawn = sharp(Buffer.from(svg)).flatten({ background: '#fff' })
  const { width, height } = await drawn.metadata()
  const raw = { width, height, channels: 3 } as const
  const noise = await sharp(grain(width, height), { raw }).png().toBuffer()
  const bytes = await drawn
    .composite([{ input: noise, blend: 'soft-light' }])
    .jpeg({ quality: 86, mozjpeg: true })
    .toBuffer()
  await writeFile(join(import.meta.dirname, file), bytes)
}

await photograph(card(), 'identity-card.jpg')
await photograph(receipt(), 'receipt.jpg')
