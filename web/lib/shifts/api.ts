import type { DutyBoard, NewShift, Shift, SitePeople } from '../../../contract/duty.ts';
import { get, post, put, remove } from '../api.ts';

export type Person = SitePeople['people'][number];
export const listShifts = async (site: string): Promise<Shift[]> => (await get<{ shifts: Shift[] }>(`/sites/${site}/shifts`)).shifts;
export const createShift = (site: string, shift: NewShift): Promise<Shift> => post(`/sites/${site}/shifts`, shift);
export const replaceShift = (id: string, shift: NewShift): Promise<Shift> => put(`/shifts/${id}`, shift);
export const removeShift = (id: string): Promise<void> => remove(`/shifts/${id}`);
/** Whom a shift can name. Needs duty.manage or rules.manage. */
export const listPeople = async (site: string): Promise<Person[]> => (await get<SitePeople>(`/sites/${site}/people`)).people;
export const readDuty = (site: string): Promise<DutyBoard> => get(`/sites/${site}/duty`);
/** The signed-in person comes on duty or goes. */
export const changeDuty = (site: string, on: boolean): Promise<DutyBoard> => put(`/sites/${site}/duty`, { on });
