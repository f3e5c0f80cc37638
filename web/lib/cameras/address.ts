/**
 * An RTSP address with its user and password, as it is sent to the hub once; null for what is none. What a manual prints
 * with a user in it is taken as well; the fields beside it have the last word. Pure.
 */
export function rtspAddress(address: string, user: string, password: string): string | null {
  const text = address.trim();
  const scheme = /^(rtsps?):\/\//i.exec(text);
  if (!scheme || /\s/.test(text)) return null;
  const rest = text.slice(scheme[0].length);
  const end = rest.search(/[/?#]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  if (host === '') return null;
  const secret = user !== '' || password !== '' ? `${encodeURIComponent(user)}${password === '' ? '' : `:${encodeURIComponent(password)}`}@` : authority.slice(0, at + 1);
  return `${scheme[1]!.toLowerCase()}://${secret}${host}${end === -1 ? '' : rest.slice(end)}`;
}
