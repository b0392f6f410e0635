// The page in the browser: keeps the state, asks the api, and leaves all drawing to Lab.
import { useCallback, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { fetchFleet, fetchJobs, submitJob } from './api.js';
import { Lab } from './lab.jsx';

const REFRESH_MS = 1500;

function Page() {
  const [jobs, setJobs] = useState([]);
  const [fleet, setFleet] = useState({});
  const [problem, setProblem] = useState(null);

  const refresh = useCallback(async () => {
    try {
      const [newJobs, newFleet] = await Promise.all([fetchJobs(), fetchFleet()]);
      setJobs(newJobs);
      setFleet(newFleet);
      setProblem(null);
    } catch (error) {
      setProblem(error.message);
    }
  }, []);

  useEffect(() => {
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => clearInterval(timer);
  }, [refresh]);

  const submit = async (expression) => {
    try {
      await submitJob(expression);
      await refresh();
    } catch (error) {
      setProblem(error.message);
    }
  };

  return <Lab fleet={fleet} jobs={jobs} onSubmit={submit} problem={problem} />;
}

createRoot(document.getElementById('root')).render(<Page />);
