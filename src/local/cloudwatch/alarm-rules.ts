// What PutMetricAlarm refuses.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
import {
  ComparisonOperator,
  type PutMetricAlarmCommandInput,
  StandardUnit,
  Statistic,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../wire/aws-error.ts';

export function validationError(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

export function checkAlarm(input: PutMetricAlarmCommandInput): void {
  const { AlarmName: name = '', MetricName, Metrics, EvaluationCriteria } = input;
  checkName(name);
  oneOf('comparisonOperator', input.ComparisonOperator, Object.values(ComparisonOperator));
  oneOf('statistic', input.Statistic, Object.values(Statistic));
  oneOf('treatMissingData', input.TreatMissingData, missingDataTreatments);
  oneOf('unit', input.Unit, Object.values(StandardUnit));
  if (EvaluationCriteria !== undefined) return;
  if (MetricName === undefined && Metrics === undefined) {
    throw validationError('The parameter MetricName or Metrics must be specified.');
  }
  if (MetricName !== undefined && Metrics !== undefined) {
    throw validationError(
      'The parameters MetricName and Metrics are mutually exclusive and you have specified both.',
    );
  }
  required('EvaluationPeriods', input.EvaluationPeriods);
  required('ComparisonOperator', input.ComparisonOperator);
  atLeastOne('evaluationPeriods', input.EvaluationPeriods);
  atLeastOne('datapointsToAlarm', input.DatapointsToAlarm);
  if (MetricName !== undefined) {
    required('Namespace', input.Namespace);
    required('Period', input.Period);
    if (input.Statistic === undefined && input.ExtendedStatistic === undefined) {
      throw validationError('The parameter Statistic or ExtendedStatistic must be specified.');
    }
  }
  if (input.ThresholdMetricId === undefined) required('Threshold', input.Threshold);
  checkPeriod(input.Period, input.EvaluationPeriods ?? 1);
}

function checkName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are just what a name must not have.
  if (name.length >= 1 && name.length <= 255 && !/[\u0000-\u001f\u007f]/.test(name)) return;
  throw validationError(
    `1 validation error detected: Value '${name.slice(0, 300)}' at 'alarmName' failed to satisfy constraint: Member must have length between 1 and 255, without control characters`,
  );
}

function checkPeriod(period: number | undefined, evaluationPeriods: number): void {
  if (period === undefined) return;
  if (![10, 20, 30].includes(period) && (period < 60 || period % 60 !== 0)) {
    throw validationError('Period must be 10, 20, 30 or a multiple of 60');
  }
  const longest = period < 3600 ? 86_400 : 604_800;
  if (period * evaluationPeriods > longest) {
    throw validationError(
      `Metrics cannot be checked across more than ${longest / 86_400} day(s) (EvaluationPeriods * Period must be <= ${longest}).`,
    );
  }
}

function required(name: string, value: unknown): void {
  if (value === undefined) throw validationError(`The parameter ${name} is required.`);
}

function atLeastOne(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return;
  throw validationError(
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must have value greater than or equal to 1`,
  );
}

/** Coral's text for an enum that is none. */
export function oneOf(name: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw validationError(
    `1 validation error detected: Value '${value.slice(0, 200)}' at '${name}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`,
  );
}

const missingDataTreatments = ['breaching', 'notBreaching', 'ignore', 'missing'];
