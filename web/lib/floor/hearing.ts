const KEY = 'otklik-heard';

/** Whether the volume is still to be tried: once after each sign-in on this device, for a shift begins with it. */
export const hearing = {
  due: (): boolean => sessionStorage.getItem(KEY) === null,
  done: (): void => sessionStorage.setItem(KEY, '1'),
};
