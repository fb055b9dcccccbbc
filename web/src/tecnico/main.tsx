import { render } from 'solid-js/web';
import { accessToken, refresh, remembered } from '../api/session';
import { askAs } from '../map/tiles';
import '../ui/base.css';
import { App } from './App';
import { Model } from './model';
import './tecnico.css';
import { Broken } from './Broken';

const root = document.getElementById('app');

async function start(at: HTMLElement): Promise<void> {
  // Opened without a remembered login: the cookie may still know the person.
  if (!remembered()) await refresh();
  const who = remembered();
  if (!who) return location.replace('/');
  askAs(accessToken);
  try {
    const model = await Model.open(who.user);
    render(() => <App model={model} who={who} />, at);
    model.start();
  } catch {
    render(() => <Broken />, at);
  }
  // Asked after the page stands; the browser decides by itself.
  navigator.storage?.persist?.().catch(() => false);
}

if (root) start(root);
if ('serviceWorker' in navigator && import.meta.env.PROD)
  navigator.serviceWorker.register('/sw.js').catch(() => null);
