// Account settings: list, put and delete. There is one principal here, the account's root, so its own settings and
// the account's defaults are the same.
import type {
  DeleteAccountSettingCommandInput,
  DeleteAccountSettingCommandOutput,
  ListAccountSettingsCommandInput,
  ListAccountSettingsCommandOutput,
  PutAccountSettingCommandInput,
  PutAccountSettingCommandOutput,
  PutAccountSettingDefaultCommandInput,
  PutAccountSettingDefaultCommandOutput,
  Setting,
  SettingName,
} from '@aws-sdk/client-ecs';
import type { SdkOperation } from '../../wire/operations.ts';
import { accountSetting, settingDefaults } from '../account-settings.ts';
import type { EcsContext } from '../context.ts';
import { invalid } from '../lookup.ts';
import { page } from '../pages.ts';

export interface AccountSettingOperations {
  ListAccountSettings: SdkOperation<ListAccountSettingsCommandInput, ListAccountSettingsCommandOutput>;
  PutAccountSetting: SdkOperation<PutAccountSettingCommandInput, PutAccountSettingCommandOutput>;
  PutAccountSettingDefault: SdkOperation<
    PutAccountSettingDefaultCommandInput,
    PutAccountSettingDefaultCommandOutput
  >;
  DeleteAccountSetting: SdkOperation<DeleteAccountSettingCommandInput, DeleteAccountSettingCommandOutput>;
}

export function accountSettingOperations({ store, place }: EcsContext): AccountSettingOperations {
  const principalArn = `arn:aws:iam::${place.accountId}:root`;
  const rendered = (name: SettingName): Setting => ({
    name,
    value: accountSetting(store.state, name),
    principalArn,
    type: name === 'guardDutyActivate' ? 'aws_managed' : 'user',
  });
  const put = async (input: PutAccountSettingCommandInput): Promise<{ setting: Setting }> => {
    const name = requireName(input.name);
    if (name === 'guardDutyActivate') throw invalid(`${name} is read-only.`);
    if (!input.value) throw invalid('Value cannot be empty.');
    store.state.accountSettings[name] = input.value;
    return store.saved({ setting: rendered(name) });
  };
  return {
    async ListAccountSettings(input) {
      const known = Object.keys(settingDefaults) as SettingName[];
      const settings = known
        .filter((name) => input.effectiveSettings || store.state.accountSettings[name] !== undefined)
        .map(rendered)
        .filter(({ name }) => input.name === undefined || input.name === name)
        .filter(({ value }) => input.value === undefined || input.value === value);
      const { items, nextToken } = page(settings, input, 10);
      return { settings: items, ...(nextToken && { nextToken }) };
    },
    PutAccountSetting: put,
    PutAccountSettingDefault: put,
    async DeleteAccountSetting(input) {
      const name = requireName(input.name);
      delete store.state.accountSettings[name];
      return store.saved({ setting: rendered(name) });
    },
  };
}

function requireName(name: string | undefined): SettingName {
  if (name !== undefined && Object.hasOwn(settingDefaults, name)) return name as SettingName;
  throw invalid(`Invalid setting name: ${name}.`);
}
