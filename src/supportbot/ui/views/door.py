"""What a visitor without a session sees where the staff pages are."""

from supportbot.ui import identity

identity.closed_door("Sign in to see this page", "It is for people who answer customers.", "Sign in", "account/sign-in")
