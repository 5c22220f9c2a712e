import "@/ui/fonts.css";
import "@/ui/tokens.css";
import "@/ui/mantine.css";
import "@/ui/global.css";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createHttp } from "@/api/http";
import { ClientFactoryContext, HttpContext, SessionContext } from "@/app/chat";
import { keepClients } from "@/app/clients";
import { chosenLanguage, startLook, useLook } from "@/app/look";
import { Providers } from "@/app/providers";
import { createSession } from "@/app/session";
import { startI18n } from "@/i18n";
import { createBrowserClient } from "@/realtime/browser";
import { systemClock } from "@/realtime/clock";
import { browserTabs } from "@/realtime/tabs";
import { createAppRouter } from "@/routes/router";
import { startLongPress } from "@/ui/longPress";

const element = document.getElementById("root");
if (!element) throw new Error("index.html has no #root");

const tabs = browserTabs(systemClock);
const session = createSession({ tabs, clock: systemClock });
const http = createHttp({ tokens: session });

const clientOf = keepClients(session, (userId) =>
  createBrowserClient({ session, tabs, userId, http, onFault: reportError }),
);

startLook();
startLongPress(element);
session.start();
tabs.start();
const router = createAppRouter();
await startI18n(chosenLanguage(useLook.getState()));

createRoot(element).render(
  <StrictMode>
    <SessionContext value={session.store}>
      <HttpContext value={http}>
        <ClientFactoryContext value={clientOf}>
          <Providers>
            <RouterProvider router={router} />
          </Providers>
        </ClientFactoryContext>
      </HttpContext>
    </SessionContext>
  </StrictMode>,
);
