"""The console: web pages on which people use Palaver.

Pages, assets and signing in come from here, by Flask. Everything else the pages ask of the public
API, in the browser, as every other client does.
"""
