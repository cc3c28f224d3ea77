"""Services: the ten municipal services as versioned document routes, and the cases that follow them.

The lower half is pure: what a route is (`definition`), how its text is read (`reading`), what makes it wrong
(`checks`), where a step leads (`moving`). It knows neither database nor web.
"""
