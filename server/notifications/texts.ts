import { KIND_DEFAULTS, type AlertFacts, type AlertKind, type Locale } from '../../contract/index.ts';

/** Why a delivery did not succeed, as it is kept; `TEXTS.failures` says it to people. */
export const FAILURES = [
  'too_old', 'timeout', 'unreachable', 'busy', 'refused', 'gone', 'bad_login', 'bad_address', 'chat_not_found', 'bot_blocked', 'private_address', 'redirected', 'not_set_up', 'failed',
] as const;
export type Failure = (typeof FAILURES)[number];

/** Why somebody is told: it is new, nobody took it, it is everybody's again, it got worse. */
export const REASONS = ['opened', 'escalated', 'returned', 'worse'] as const;
export type Reason = (typeof REASONS)[number];

/** Numbers that the kind's line needs; a kind without them has no line. */
type Facts = { [K in keyof AlertFacts]: NonNullable<AlertFacts[K]> };

interface Texts {
  kinds: Record<AlertKind, string>;
  /** One line of numbers behind the alert; null when what it needs is missing. */
  facts: Partial<Record<AlertKind, (facts: Partial<Facts>) => string | null>>;
  rating: (value: number, scale: number) => string;
  quote: (text: string) => string;
  voice: string;
  photo: string;
  times: (count: number) => string;
  age: (minutes: number) => string;
  reasons: Record<Exclude<Reason, 'opened'>, string>;
  claim: string;
  open: string;
  /** Notices that were held back and are told in one. */
  more: (count: number, site: string) => { title: string; body: string };
  test: { title: string; body: string };
  /** Below every mail. */
  why: string;
  failures: Record<Failure, string>;
}

const percent = (share: number): string => String(Math.round(share * 100));
const whole = (value: number): string => String(Math.round(value));
const has = <T>(...values: (T | undefined)[]): boolean => values.every((value) => value !== undefined);

/** The Russian form of a noun after a number: 1 оценка, 2 оценки, 5 оценок. */
export function plural(count: number, one: string, few: string, many: string): string {
  const tens = count % 100;
  const units = count % 10;
  if (units === 1 && tens !== 11) return one;
  return units >= 2 && units <= 4 && (tens < 12 || tens > 14) ? few : many;
}
const counted = (count: number, one: string, few: string, many: string): string => `${count} ${plural(count, one, few, many)}`;

const ru: Texts = {
  kinds: {
    'feedback.negative': 'Недовольный посетитель', 'feedback.rate': 'Плохих оценок больше обычного', 'feedback.run': 'Плохие оценки подряд', 'feedback.praise': 'Посетители довольны',
    'emotion.episode': 'Недовольное лицо в кадре', 'emotion.mood': 'Настроение хуже обычного', 'traffic.crowd': 'Много людей', 'sales.conversion': 'Мало покупок',
    'staff.consultations': 'Мало консультаций', 'staff.idle': 'К посетителям не подходят', 'device.silent': 'Устройство молчит', 'device.battery': 'Садится батарея',
    'camera.frozen': 'Камера застыла', 'camera.stopped': 'Камера не измеряет', 'duty.unreachable': 'Смену не предупредить',
  },
  facts: {
    'feedback.rate': ({ n, k, baseline }) => (has(n, k) ? `${k} из ${n} плохие${baseline === undefined ? '' : `, обычно ${percent(baseline)} %`}` : null),
    'feedback.run': ({ k, minutes }) => (has(k) ? `${counted(k!, 'плохая оценка', 'плохие оценки', 'плохих оценок')} подряд${minutes === undefined ? '' : ` за ${whole(minutes)} мин`}` : null),
    'feedback.praise': ({ n }) => (has(n) ? counted(n!, 'хорошая оценка', 'хорошие оценки', 'хороших оценок') : null),
    'traffic.crowd': ({ people }) => (has(people) ? `внутри ${counted(people!, 'человек', 'человека', 'человек')}` : null),
    'sales.conversion': ({ share, plan }) => (has(share, plan) ? `покупает ${percent(share!)} %, план ${percent(plan!)} %` : null),
    'staff.consultations': ({ share, plan }) => (has(share, plan) ? `консультаций ${percent(share!)} %, план ${percent(plan!)} %` : null),
    'staff.idle': ({ minutes, people }) => (has(minutes, people) ? `${whole(minutes!)} мин без консультаций, внутри ${counted(people!, 'человек', 'человека', 'человек')}` : null),
    'camera.stopped': () => 'её сдвинули, или не хватает маски сотрудников: настройте её заново',
    'device.battery': ({ percent: charge }) => (has(charge) ? `осталось ${charge} %` : null),
  },
  rating: (value, scale) => `оценка ${value} из ${scale}`,
  quote: (text) => `«${text}»`,
  voice: 'есть голосовое сообщение',
  photo: 'есть фото',
  times: (count) => counted(count, 'раз', 'раза', 'раз'),
  age: (minutes) => (minutes < 1 ? 'только что' : minutes < 60 ? `${minutes} мин назад` : `${Math.floor(minutes / 60)} ч назад`),
  reasons: { escalated: 'никто не взял', returned: 'снова ждёт', worse: 'стало срочным' },
  claim: 'Беру',
  open: 'Открыть',
  more: (count, site) => ({ title: `Ещё ${counted(count, 'событие', 'события', 'событий')} в зале`, body: `${site}. Откройте список, чтобы увидеть все.` }),
  test: { title: 'Проверка уведомлений', body: 'Если вы это видите, уведомления доходят.' },
  why: 'Вы получили это письмо, потому что вы на смене. Как вас оповещать, настраивается в консоли.',
  failures: {
    too_old: 'Устарело раньше, чем удалось отправить.', timeout: 'Сервис не ответил вовремя.', unreachable: 'Сервис недоступен: проверьте адрес и сеть хаба.',
    busy: 'Сервис просит подождать.', refused: 'Сервис отказался принять сообщение.', gone: 'Этот браузер больше не принимает уведомления. Включите их на нём снова.',
    bad_login: 'Сервис не принял имя и пароль хаба. Проверьте настройки.', bad_address: 'Почтовый сервер не принимает этот адрес.', chat_not_found: 'Telegram не знает такого чата. Напишите боту «/start» и проверьте номер.',
    bot_blocked: 'Бот заблокирован в этом чате. Разблокируйте его и напишите «/start».', private_address: 'Этот адрес внутри сети хаба: отправлять туда запрещено.',
    redirected: 'Адрес отвечает переадресацией. Укажите конечный адрес.', not_set_up: 'Канал не настроен.', failed: 'Не получилось отправить.',
  },
};

const s = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const en: Texts = {
  kinds: {
    'feedback.negative': 'Unhappy visitor', 'feedback.rate': 'More bad ratings than usual', 'feedback.run': 'Bad ratings in a row', 'feedback.praise': 'Visitors are happy',
    'emotion.episode': 'Unhappy face in view', 'emotion.mood': 'Mood lower than usual', 'traffic.crowd': 'Crowd', 'sales.conversion': 'Few purchases',
    'staff.consultations': 'Few consultations', 'staff.idle': 'Nobody attends to visitors', 'device.silent': 'Device is silent', 'device.battery': 'Battery is low',
    'camera.frozen': 'Camera has frozen', 'camera.stopped': 'Camera does not measure', 'duty.unreachable': 'Shift cannot be reached',
  },
  facts: {
    'feedback.rate': ({ n, k, baseline }) => (has(n, k) ? `${k} of ${n} bad${baseline === undefined ? '' : `, usually ${percent(baseline)}%`}` : null),
    'feedback.run': ({ k, minutes }) => (has(k) ? `${s(k!, 'bad rating', 'bad ratings')} in a row${minutes === undefined ? '' : ` within ${whole(minutes)} min`}` : null),
    'feedback.praise': ({ n }) => (has(n) ? s(n!, 'good rating', 'good ratings') : null),
    'traffic.crowd': ({ people }) => (has(people) ? `${s(people!, 'person', 'people')} inside` : null),
    'sales.conversion': ({ share, plan }) => (has(share, plan) ? `${percent(share!)}% buy, planned ${percent(plan!)}%` : null),
    'staff.consultations': ({ share, plan }) => (has(share, plan) ? `${percent(share!)}% consulted, planned ${percent(plan!)}%` : null),
    'staff.idle': ({ minutes, people }) => (has(minutes, people) ? `no consultation for ${whole(minutes!)} min, ${s(people!, 'person', 'people')} inside` : null),
    'camera.stopped': () => 'it was moved, or the staff mask is missing: set it up again',
    'device.battery': ({ percent: charge }) => (has(charge) ? `${charge}% left` : null),
  },
  rating: (value, scale) => `rated ${value} of ${scale}`,
  quote: (text) => `“${text}”`,
  voice: 'with a voice message',
  photo: 'with a photo',
  times: (count) => s(count, 'time', 'times'),
  age: (minutes) => (minutes < 1 ? 'just now' : minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`),
  reasons: { escalated: 'nobody took it', returned: 'waiting again', worse: 'urgent now' },
  claim: 'I’ll take it',
  open: 'Open',
  more: (count, site) => ({ title: `${s(count, 'more event', 'more events')} on the floor`, body: `${site}. Open the list to see them all.` }),
  test: { title: 'Test of notices', body: 'If you see this, notices reach you.' },
  why: 'You got this mail because you are on duty. How you are told can be set in the console.',
  failures: {
    too_old: 'It grew too old before it could be sent.', timeout: 'The service did not answer in time.', unreachable: 'The service cannot be reached: check its address and the hub’s network.',
    busy: 'The service asks for patience.', refused: 'The service refused the message.', gone: 'This browser takes no notices any more. Switch them on there again.',
    bad_login: 'The service did not accept the hub’s name and password. Check the settings.', bad_address: 'The mail server does not take this address.', chat_not_found: 'Telegram knows no such chat. Write “/start” to the bot and check the number.',
    bot_blocked: 'The bot is blocked in this chat. Unblock it and write “/start”.', private_address: 'This address is inside the hub’s network, where nothing may be sent.',
    redirected: 'The address answers with a redirect. Give the final address.', not_set_up: 'The channel is not set up.', failed: 'It could not be sent.',
  },
};

export const TEXTS: Record<Locale, Texts> = { ru, en };

/** Kinds come out of the store: one that this version does not know is told as the plainest of all. */
export const kindTitle = (locale: Locale, kind: string): string => TEXTS[locale].kinds[(kind in KIND_DEFAULTS ? kind : 'feedback.negative') as AlertKind];

/** A kept failure ("refused 403") as a sentence. */
export function failureText(locale: Locale, kept: string): string {
  const [code = '', ...rest] = kept.split(' ');
  const text = TEXTS[locale].failures[(FAILURES as readonly string[]).includes(code) ? code as Failure : 'failed'];
  return rest.length === 0 ? text : `${text} (${rest.join(' ')})`;
}
