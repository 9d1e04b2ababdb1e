"""The canvas: staff draw a flow as a tree of cards. The form field's JSON is the only store."""
