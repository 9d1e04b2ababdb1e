"""`manage.py flows VERB`: the language of flows from the command line. A verb is one file; `verbs` lists them."""
