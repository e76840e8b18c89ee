"""The pages: Streamlit views and the components they draw. They read widgets, call one use case and draw the result."""
