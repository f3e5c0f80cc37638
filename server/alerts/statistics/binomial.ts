/** Probability of at least `k` negatives among `n` ratings of which each is negative with probability `share`, 0..1. */
export function atLeast(k: number, n: number, share: number): number {
  if (k <= 0 || (share >= 1 && k <= n)) return 1;
  if (k > n || share <= 0) return 0;
  return k > n * share ? upperTail(k, n, share) : 1 - upperTail(n - k + 1, n, 1 - share);
}

/** Terms of the distribution from `k`, which lies above the mean, upwards: each smaller than the one before, by their ratios. */
function upperTail(k: number, n: number, share: number): number {
  let log = k * Math.log(share) + (n - k) * Math.log1p(-share);
  for (let i = 1; i <= k; i += 1) log += Math.log((n - k + i) / i);
  const odds = share / (1 - share);
  let term = Math.exp(log);
  let sum = 0;
  for (let i = k; i <= n && term > sum * 1e-16; i += 1) {
    sum += term;
    term *= ((n - i) / (i + 1)) * odds;
  }
  return Math.min(1, sum);
}
