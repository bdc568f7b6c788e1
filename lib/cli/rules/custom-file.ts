/** Where custom rules go unless --file says otherwise. */
export const CUSTOM_FILE = '/etc/hamlet/rules/custom.cf'
