// The theme of the site: VitePress's own, with what its style sheet leaves out.
import theme from 'vitepress/theme';
import './wide-content.css';

export default theme;
