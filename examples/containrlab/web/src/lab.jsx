// The page as a function of its data.
import { Fleet } from './fleet.jsx';
import { JobForm } from './job-form.jsx';
import { JobList } from './job-list.jsx';

export function Lab({ fleet, jobs, problem, onSubmit }) {
  return (
    <main>
      <header>
        <h1>containrlab</h1>
        <p>A lab for very small jobs: write some arithmetic, and a runner works it out.</p>
      </header>
      <JobForm onSubmit={onSubmit} />
      {problem && <p role="alert">{problem}</p>}
      <JobList jobs={jobs} />
      <Fleet fleet={fleet} />
    </main>
  );
}
