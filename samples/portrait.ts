/** A painted portrait of nobody, as SVG: shaded with gradients and blurs, so that the face detector takes it for a photograph. */

/** An SVG group 400 units wide and 500 high. */
export function portrait(): string {
  return `
  <defs>
    <linearGradient id="wall" x1="0" y1="0" x2="1" y2="1">
      <stop offset="0" stop-color="#d5dade"/><stop offset="1" stop-color="#a9b2b9"/>
    </linearGradient>
    <radialGradient id="skin" cx="0.42" cy="0.36" r="0.75">
      <stop offset="0" stop-color="#eec4a3"/><stop offset="0.45" stop-color="#dda983"/>
      <stop offset="0.8" stop-color="#b97f5c"/><stop offset="1" stop-color="#8a5840"/>
    </radialGradient>
    <linearGradient id="neck" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="#7e4f39"/><stop offset="0.6" stop-color="#b98060"/><stop offset="1" stop-color="#c08a68"/>
    </linearGradient>
    <linearGradient id="coat" x1="0" y1="0" x2="1" y2="1">
      <stop offset="0" stop-color="#3c4a5c"/><stop offset="1" stop-color="#1d2632"/>
    </linearGradient>
    <linearGradient id="hair" x1="0" y1="0" x2="1" y2="1">
      <stop offset="0" stop-color="#4a3325"/><stop offset="0.5" stop-color="#2c1c13"/><stop offset="1" stop-color="#1a100a"/>
    </linearGradient>
    <radialGradient id="iris"><stop offset="0" stop-color="#120b07"/><stop offset="0.45" stop-color="#1c120c"/>
      <stop offset="0.55" stop-color="#553823"/><stop offset="1" stop-color="#3a2416"/></radialGradient>
    <filter id="soft2"><feGaussianBlur stdDeviation="2"/></filter>
    <filter id="soft4"><feGaussianBlur stdDeviation="4"/></filter>
    <filter id="soft9"><feGaussianBlur stdDeviation="9"/></filter>
    <filter id="soft16"><feGaussianBlur stdDeviation="16"/></filter>
    <clipPath id="faceShape"><path d="M200 98 C272 98 300 160 297 232 C295 296 270 362 200 376 C130 362 105 296 103 232 C100 160 128 98 200 98 Z"/></clipPath>
    <clipPath id="frame"><rect width="400" height="500"/></clipPath>
  </defs>
  <g clip-path="url(#frame)">
  <rect width="400" height="500" fill="url(#wall)"/>
  <ellipse cx="250" cy="300" rx="170" ry="230" fill="#7f8890" opacity="0.5" filter="url(#soft16)"/>
  <path d="M88 250 C60 110 120 52 204 52 C292 52 336 116 312 254 C312 310 306 330 296 340 L104 340 C94 330 88 300 88 250 Z" fill="url(#hair)"/>
  <path d="M20 500 C30 430 90 405 150 392 L250 392 C310 405 372 430 382 500 Z" fill="url(#coat)"/>
  <path d="M150 330 L150 398 C170 436 230 436 250 398 L250 330 Z" fill="url(#neck)"/>
  <path d="M150 392 L200 450 L168 470 L128 404 Z M250 392 L200 450 L232 470 L272 404 Z" fill="#e9e9e6"/>
  <ellipse cx="101" cy="246" rx="13" ry="30" fill="#b67c5a"/><ellipse cx="299" cy="246" rx="13" ry="30" fill="#8f5d43"/>
  <path d="M200 98 C272 98 300 160 297 232 C295 296 270 362 200 376 C130 362 105 296 103 232 C100 160 128 98 200 98 Z" fill="url(#skin)"/>
  <g clip-path="url(#faceShape)">
    <path d="M270 90 C330 160 320 330 210 390 L340 400 L340 80 Z" fill="#5d3724" opacity="0.38" filter="url(#soft16)"/>
    <ellipse cx="170" cy="150" rx="60" ry="32" fill="#f9dcc2" opacity="0.55" filter="url(#soft16)"/>
    <ellipse cx="143" cy="268" rx="30" ry="24" fill="#f2bd9a" opacity="0.6" filter="url(#soft9)"/>
    <ellipse cx="140" cy="280" rx="28" ry="18" fill="#c96f55" opacity="0.28" filter="url(#soft9)"/>
    <ellipse cx="256" cy="280" rx="26" ry="18" fill="#b45f49" opacity="0.26" filter="url(#soft9)"/>
    <ellipse cx="153" cy="222" rx="36" ry="20" fill="#7a4a33" opacity="0.55" filter="url(#soft9)"/>
    <ellipse cx="247" cy="222" rx="36" ry="20" fill="#6d3f2b" opacity="0.6" filter="url(#soft9)"/>
    <path d="M120 200 C134 186 160 184 184 196 L182 203 C160 194 138 195 122 206 Z" fill="#26170e" filter="url(#soft2)"/>
    <path d="M216 196 C240 184 266 186 280 200 L278 206 C262 195 240 194 218 203 Z" fill="#1f120b" filter="url(#soft2)"/>
    <path d="M213 205 C222 240 226 262 231 284 L214 300 C208 270 206 240 208 205 Z" fill="#7d4a33" opacity="0.45" filter="url(#soft4)"/>
    <path d="M196 208 C194 240 192 262 190 284 L204 292 C206 262 206 236 204 208 Z" fill="#ffe3ca" opacity="0.6" filter="url(#soft4)"/>
    <ellipse cx="200" cy="285" rx="16" ry="13" fill="#eebf9d" opacity="0.9" filter="url(#soft4)"/>
    <ellipse cx="178" cy="293" rx="10" ry="9" fill="#c48a69" filter="url(#soft4)"/><ellipse cx="223" cy="293" rx="10" ry="9" fill="#a5694b" filter="url(#soft4)"/>
    <path d="M178 299 C190 309 212 309 224 299 C214 304 188 304 178 299 Z" fill="#5a2f20" opacity="0.75" filter="url(#soft2)"/>
    <ellipse cx="188" cy="300" rx="6" ry="3.4" fill="#2d140c" filter="url(#soft2)"/><ellipse cx="213" cy="300" rx="6" ry="3.4" fill="#2d140c" filter="url(#soft2)"/>
    <path d="M192 306 L190 320 M208 306 L210 320" stroke="#9c6045" stroke-width="3" opacity="0.4" filter="url(#soft2)"/>
    <path d="M158 326 C178 324 192 324 200 327 C208 324 222 324 242 326 C222 338 180 338 158 326 Z" fill="#9c4f45"/>
    <path d="M158 326 C180 337 222 337 242 326 C230 355 172 355 158 326 Z" fill="#b9655a"/>
    <path d="M156 324 C180 338 222 338 244 324" stroke="#4e1f1a" stroke-width="2.6" fill="none" filter="url(#soft2)"/>
    <ellipse cx="196" cy="343" rx="20" ry="4" fill="#e0a197" opacity="0.6" filter="url(#soft2)"/>
    <ellipse cx="200" cy="361" rx="30" ry="6" fill="#6d3f2c" opacity="0.45" filter="url(#soft4)"/>
    <path d="M150 300 C142 316 146 330 154 340" stroke="#8a5740" stroke-width="4" fill="none" opacity="0.35" filter="url(#soft4)"/>
    <path d="M250 300 C258 316 254 330 246 340" stroke="#6a3d2a" stroke-width="4" fill="none" opacity="0.4" filter="url(#soft4)"/>
  </g>
  ${eye(153, 226)}${eye(247, 226)}
  <path d="M96 240 C84 130 130 82 190 84 C160 100 122 130 116 190 C112 210 104 226 96 240 Z" fill="url(#hair)"/>
  <path d="M304 240 C318 130 272 78 180 84 C240 96 280 130 288 190 C292 212 298 226 304 240 Z" fill="url(#hair)"/>
  <path d="M110 150 C120 100 160 74 215 74" stroke="#7a5a43" stroke-width="6" fill="none" opacity="0.5" filter="url(#soft4)"/>
  </g>`
}

function eye(x: number, y: number): string {
  return `<g transform="translate(${x} ${y})">
    <path d="M-27 2 C-16 -13 14 -13 27 2 C14 11 -16 11 -27 2 Z" fill="#e9e2dc"/>
    <circle cx="0" cy="-1" r="10.5" fill="url(#iris)"/><circle cx="-3" cy="-4.5" r="2.6" fill="#fff"/>
    <path d="M-27 2 C-16 -13 14 -13 27 2 C14 -7 -16 -7 -27 2 Z" fill="#8b563d"/>
    <path d="M-28 2 C-16 -13.5 14 -13.5 28 2" stroke="#1c0f08" stroke-width="4" fill="none" filter="url(#soft2)"/>
    <path d="M-24 4 C-14 12 14 12 25 4" stroke="#7c4a35" stroke-width="1.6" fill="none"/>
    <path d="M-28 -8 C-14 -21 14 -21 28 -8" stroke="#7a4932" stroke-width="2.4" fill="none" opacity="0.7" filter="url(#soft2)"/>
  </g>`
}
