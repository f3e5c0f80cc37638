/** Where a rating stands on its scale. `lowest` is the single worst class, which opens an alert. */
export type RatingClass = 'lowest' | 'negative' | 'neutral' | 'positive';

/**
 * Class of a rating: the worst value is `lowest`, the rest of the lower half `negative`, the exact middle
 * `neutral`, the upper half `positive`. Laws: monotone in value; value = scale is always `positive`.
 * @throws RangeError when value is not an integer within 1..scale.
 */
export function ratingClass(value: number, scale: number): RatingClass {
  if (!Number.isInteger(value) || value < 1 || value > scale) throw new RangeError(`a rating must be an integer within 1..${scale}, not ${value}`);
  if (value === 1) return 'lowest';
  const twice = 2 * (value - 1);
  if (twice < scale - 1) return 'negative';
  return twice === scale - 1 ? 'neutral' : 'positive';
}
