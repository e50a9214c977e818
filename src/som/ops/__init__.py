"""Operations: the command line that starts, demonstrates, migrates, stops and removes Sớm.

Nothing of the field is decided here. `embedded` is the small PostgreSQL that comes with Sớm,
`database` gives the application's role its rights, `management/commands` holds a file a command.
"""
