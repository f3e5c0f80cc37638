import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** CSP sources of the inline scripts in `<webDir>/index.html`; empty while the web is not built. */
export function inlineScriptHashes(webDir: string): string[] {
  const file = path.join(webDir, 'index.html');
  if (!fs.existsSync(file)) return [];
  const html = fs.readFileSync(file, 'utf8');
  const scripts = [...html.matchAll(/<script\b(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/gi)].map((match) => match[1]!);
  return scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
}

export function contentSecurityPolicy(scriptHashes: readonly string[]): string {
  return [
    "default-src 'self'", ["script-src 'self'", ...scriptHashes].join(' '), "style-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:",
    "connect-src 'self'", "worker-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'",
  ].join('; ');
}

/** The interactive API pages carry inline scripts and styles of their own; nothing else gets this. */
export function docsPolicy(script: readonly string[], style: readonly string[]): string {
  return [
    "default-src 'self'", `script-src 'self' ${script.join(' ')}`, `style-src 'self' ${style.join(' ')} 'unsafe-inline'`, "img-src 'self' data:",
    "connect-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'",
  ].join('; ');
}

/** Headers of every answer. `no-referrer`: addresses of walls must not travel on. */
export function securityHeaders(policy: string): Record<string, string> {
  return {
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(self), microphone=(), geolocation=(), payment=(), usb=(), serial=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}

export const HSTS = 'max-age=31536000';
