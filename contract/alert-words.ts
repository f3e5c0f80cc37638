// The words of alerts without schemas, so that pages can use them and TypeBox stays out of them.

/** What an alert can be about. Each kind is a rule with its own parameters, tone, severity and time to act. */
export const ALERT_KINDS = [
  'feedback.negative', 'feedback.rate', 'feedback.run', 'feedback.praise', 'emotion.episode', 'emotion.mood', 'traffic.crowd',
  'sales.conversion', 'staff.consultations', 'staff.idle', 'device.silent', 'device.battery', 'camera.frozen', 'camera.stopped', 'duty.unreachable',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** `urgent` is never held back by caps or quiet hours; `low` is for what may wait, and for good news. */
export const SEVERITIES = ['urgent', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One sound for each class of alert, named by what it tells. */
export const TONES = ['visitor', 'trend', 'crowd', 'equipment', 'duty', 'praise'] as const;
export type Tone = (typeof TONES)[number];

/** Waiting for somebody, in somebody's hands, over. Over is over: no way leads back. */
export const ALERT_STATES = ['open', 'claimed', 'on_the_way', 'resolved', 'unreachable', 'false', 'expired', 'cleared'] as const;
export type AlertState = (typeof ALERT_STATES)[number];
/** `expired`: nobody acted while it mattered. `cleared`: the data recovered by themselves. The others are people's word. */
export const FINAL_STATES = ['resolved', 'unreachable', 'false', 'expired', 'cleared'] as const satisfies readonly AlertState[];
export const LIVE_STATES = ['open', 'claimed', 'on_the_way'] as const satisfies readonly AlertState[];
export const isFinal = (state: AlertState): boolean => (FINAL_STATES as readonly string[]).includes(state);

/** Root causes that every site has; a site may take some away and add its own. Labels are the web's. */
export const CAUSES = ['queue', 'staff', 'goods', 'price', 'cleanliness', 'equipment', 'information', 'other'] as const;
/** What became of the visitor. */
export const OUTCOMES = ['helped', 'left', 'not_found', 'nobody_there'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export type Cause = (typeof CAUSES)[number];

/** How a person can end an alert. */
export const ENDINGS = ['resolved', 'unreachable', 'false'] as const;
export type Ending = (typeof ENDINGS)[number];
/** Minutes, or the end of the shift that the person is on. */
export const SNOOZES = [5, 15, 60, 'shift'] as const;
export const ALERT_COMMANDS = ['claim', 'depart', 'release', 'resolve', 'snooze', 'seen'] as const;
export type AlertCommandName = (typeof ALERT_COMMANDS)[number];
/** More than this many alerts a day at one site is refused. */
export const LOUDEST_PER_DAY = 200;

/** The tone, severity and time to act that rules of a kind start with. */
export const KIND_DEFAULTS: Record<AlertKind, { severity: Severity; tone: Tone; actWithinS: number }> = {
  'feedback.negative': { severity: 'high', tone: 'visitor', actWithinS: 180 },
  'feedback.rate': { severity: 'medium', tone: 'trend', actWithinS: 900 },
  'feedback.run': { severity: 'high', tone: 'trend', actWithinS: 600 },
  'feedback.praise': { severity: 'low', tone: 'praise', actWithinS: 3600 },
  'emotion.episode': { severity: 'high', tone: 'visitor', actWithinS: 180 },
  'emotion.mood': { severity: 'medium', tone: 'trend', actWithinS: 900 },
  'traffic.crowd': { severity: 'medium', tone: 'crowd', actWithinS: 300 },
  'sales.conversion': { severity: 'low', tone: 'trend', actWithinS: 3600 },
  'staff.consultations': { severity: 'low', tone: 'trend', actWithinS: 3600 },
  'staff.idle': { severity: 'medium', tone: 'crowd', actWithinS: 300 },
  'device.silent': { severity: 'medium', tone: 'equipment', actWithinS: 1800 },
  'device.battery': { severity: 'low', tone: 'equipment', actWithinS: 14_400 },
  'camera.frozen': { severity: 'medium', tone: 'equipment', actWithinS: 1800 },
  'camera.stopped': { severity: 'medium', tone: 'equipment', actWithinS: 1800 },
  'duty.unreachable': { severity: 'urgent', tone: 'duty', actWithinS: 300 },
};
