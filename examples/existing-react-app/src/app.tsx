import { DeploymentMonitor } from "@slipway/monitor/react";
import "@slipway/monitor/react/styles.css";
import { type FormEvent, useState } from "react";
import { Orders } from "./orders";
import { slipwayToken } from "./slipway-token";

const slipwayUrl = import.meta.env.VITE_SLIPWAY_URL ?? "http://localhost:8080";

/** A small shop's admin page. It had the orders; now it also shows how the shop's deployments go. */
export function App() {
  const [deployment, setDeployment] = useState<number | null>(null);
  return (
    <div id="page">
      <nav>
        <h2>Shop</h2>
        <a href="#orders">Orders</a>
        <a href="#deployment">Deployment</a>
      </nav>
      <main>
        <h1>Good morning</h1>
        <Orders />
        <h2 id="deployment">Deployment</h2>
        <ChooseDeployment onChoose={setDeployment} />
        {deployment !== null && (
          <DeploymentMonitor deploymentId={deployment} baseUrl={slipwayUrl} token={slipwayToken} />
        )}
      </main>
    </div>
  );
}

function ChooseDeployment({ onChoose }: { onChoose: (id: number) => void }) {
  const choose = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onChoose(Number(new FormData(event.currentTarget).get("id")));
  };
  return (
    <form onSubmit={choose}>
      <label>
        Number <input name="id" type="number" min="1" required />
      </label>
      <button type="submit">Watch</button>
    </form>
  );
}
