// The state in memory with the indexes that passes need, and the file behind it.
import { type OpenStateFile, openStateFile } from '../state-file.ts';
import {
  type ContainerRecord,
  type EcsState,
  emptyState,
  parseState,
  type ServiceRecord,
  type ServiceRevisionRecord,
  type TaskDefinitionRecord,
  type TaskRecord,
} from './model.ts';

export class EcsStore {
  readonly #file: OpenStateFile<EcsState>;
  readonly #log: (line: string) => void;
  readonly #tasksByService = new Map<string, Set<TaskRecord>>();

  private constructor(file: OpenStateFile<EcsState>, log: (line: string) => void) {
    this.#file = file;
    this.#log = log;
    for (const task of Object.values(this.state.tasks)) this.#index(task);
  }

  static async open(path: string, log: (line: string) => void): Promise<EcsStore> {
    return new EcsStore(await openStateFile(path, { initial: emptyState, parse: parseState }), log);
  }

  get state(): EcsState {
    return this.#file.state;
  }

  /** Resolves when all that was changed before is on disk. Rejects when the disk refuses. */
  save(): Promise<void> {
    return this.#file.save();
  }

  /** See OpenStateFile. */
  saved<T>(answer: T): Promise<T> {
    return this.#file.saved(answer);
  }

  /** See OpenStateFile. */
  caughtUp(): Promise<void> {
    return this.#file.caughtUp();
  }

  /** For changes that nobody waits for. */
  saveSoon(): void {
    this.save().catch((error: unknown) => this.#log(`ecs: state not saved: ${String(error)}`));
  }

  addTask(task: TaskRecord): void {
    this.state.tasks[task.id] = task;
    this.#index(task);
  }

  removeTask(task: TaskRecord): void {
    delete this.state.tasks[task.id];
    delete this.state.tags[task.arn];
    if (task.serviceArn !== undefined) this.#tasksByService.get(task.serviceArn)?.delete(task);
  }

  tasksOf(service: ServiceRecord): ReadonlySet<TaskRecord> {
    return this.#tasksByService.get(service.arn) ?? noTasks;
  }

  taskDefinition(arn: string): TaskDefinitionRecord {
    const record = this.state.taskDefinitions[arn.slice(arn.lastIndexOf('/') + 1)];
    if (!record) throw new Error(`task definition ${arn} is used but not known`);
    return record;
  }

  revision(arn: string): ServiceRevisionRecord {
    const record = this.state.serviceRevisions[arn];
    if (!record) throw new Error(`service revision ${arn} is used but not known`);
    return record;
  }

  #index(task: TaskRecord): void {
    if (task.serviceArn === undefined) return;
    const tasks = this.#tasksByService.get(task.serviceArn) ?? new Set();
    tasks.add(task);
    this.#tasksByService.set(task.serviceArn, tasks);
  }
}

const noTasks: ReadonlySet<TaskRecord> = new Set();

export function containerOf(task: TaskRecord, name: string): ContainerRecord {
  const container = task.containers.find((candidate) => candidate.name === name);
  if (!container) throw new Error(`task ${task.id} has no container ${name}`);
  return container;
}
