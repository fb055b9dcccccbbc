import { render } from 'solid-js/web';
import { accessToken, faceOf, refresh, remembered } from '../api/session';
import { askAs } from '../map/tiles';
import '../ui/base.css';
import { App } from './App';
import './dispatch.css';
import './lists.css';

const root = document.getElementById('app');

async function start(at: HTMLElement): Promise<void> {
  const renewed = await refresh();
  const who = remembered();
  if (renewed === 'signed_out' || !who) return location.replace('/?ended');
  if (faceOf(who.user.role) !== '/dispatch') return location.replace(faceOf(who.user.role) ?? '/');
  askAs(accessToken);
  render(() => <App who={who} />, at);
}

if (root) {
  if (remembered()) start(root);
  else location.replace('/');
}
