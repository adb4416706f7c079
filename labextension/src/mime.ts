/** The MIME renderer, which JupyterLab loads as an extension of its own. */
import { header } from './header/plugin';

export default header;
