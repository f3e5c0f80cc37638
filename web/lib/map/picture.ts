import type { ErrorCode } from '../../../contract/errors.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { FloorPlan } from '../../../contract/plans.ts';
import { ApiError } from '../api.ts';

export const PICTURE_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;
/** A large picture over a slow line; and the hub draws it anew. */
const TIMEOUT_MS = 60_000;

/** Puts a picture below a site's plan; the new plan. @throws ApiError */
export async function sendPicture(site: string, picture: File): Promise<FloorPlan> {
  if (picture.size > LIMITS.planBytes) throw new ApiError(413, 'too_large');
  if (!PICTURE_TYPES.some((type) => type === picture.type)) throw new ApiError(422, 'file_unusable');
  let response: Response;
  try {
    response = await fetch(`/api/v1/sites/${encodeURIComponent(site)}/plan/picture`, { method: 'PUT', headers: { 'content-type': picture.type }, body: picture, credentials: 'same-origin', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    throw new ApiError(0, 'offline', { message: String(error) });
  }
  if (!response.ok) {
    const { code, detail } = await response.json().catch(() => ({})) as { code?: ErrorCode; detail?: string };
    throw new ApiError(response.status, code ?? 'unavailable', { message: detail ?? String(response.status) });
  }
  return await response.json() as FloorPlan;
}
