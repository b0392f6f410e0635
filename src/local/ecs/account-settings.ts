// Settings of the account. Here they are what clients ask before they dare to tag a task (Ansible) and what a new
// cluster takes as its Container Insights; the rest is stored and given back.
// Source: "Amazon ECS account settings", API_ListAccountSettings.
import type { SettingName } from '@aws-sdk/client-ecs';
import type { EcsState } from './model.ts';

/** What holds where nothing was set. ARNs are long here always. */
export const settingDefaults: Readonly<Record<SettingName, string>> = {
  serviceLongArnFormat: 'enabled',
  taskLongArnFormat: 'enabled',
  containerInstanceLongArnFormat: 'enabled',
  awsvpcTrunking: 'disabled',
  containerInsights: 'disabled',
  fargateFIPSMode: 'disabled',
  tagResourceAuthorization: 'on',
  fargateTaskRetirementWaitPeriod: '7',
  guardDutyActivate: 'off',
  defaultLogDriverMode: 'non-blocking',
  fargateEventWindows: 'disabled',
};

export function accountSetting(state: EcsState, name: SettingName): string {
  return state.accountSettings[name] ?? settingDefaults[name];
}
