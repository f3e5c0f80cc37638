const EMAIL = /^[^\s@<>"'(),:;[\]\\]+@[^\s@<>"'(),:;[\]\\]+\.[^\s@<>"'(),:;[\]\\]+$/;
const PHONE = /^\+?[\d\s().-]+$/;
const FEWEST_DIGITS = 5;
const MOST_DIGITS = 15;

/**
 * A link that calls or writes to what a visitor left; null when it is neither a telephone number nor an address. Only
 * these two kinds of link are ever made, whatever a visitor typed.
 */
export function contactLink(contact: string): string | null {
  const text = contact.trim();
  if (EMAIL.test(text)) return `mailto:${encodeURIComponent(text).replace('%40', '@')}`;
  const digits = text.replaceAll(/\D/g, '');
  if (!PHONE.test(text) || digits.length < FEWEST_DIGITS || digits.length > MOST_DIGITS) return null;
  return `tel:${text.startsWith('+') ? '+' : ''}${digits}`;
}
